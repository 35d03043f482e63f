"""The engine. `telemetry` and `control` are its two doors and import no torch."""
