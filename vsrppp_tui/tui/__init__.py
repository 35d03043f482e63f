"""The dashboard: knows the link, never the engine."""
