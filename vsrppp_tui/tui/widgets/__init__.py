"""The panels of the dashboard, each drawn row by row."""
