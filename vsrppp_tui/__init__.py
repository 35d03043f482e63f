"""VSR+++ TUI: a full-screen terminal trainer for video super-resolution."""

__version__ = "0.1.0"
