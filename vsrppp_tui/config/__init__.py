"""Configuration: every key with its type, range, unit, meaning and the moment a change takes effect."""
