"""Names that networks give to the parts of which they tell the activity. Imports no torch."""

from __future__ import annotations

FUSE = "fuse"
"""In the place of a trunk: a layer that joins features. Its activity is the size of what it gives."""
