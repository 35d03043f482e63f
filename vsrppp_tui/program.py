"""What this program is called."""

from __future__ import annotations

import sys
from pathlib import Path


def program() -> str:
    """The program as it was called: the console script may not be installed."""
    called = Path(sys.argv[0])
    own = called.name == "__main__.py" and called.parent.name == __package__
    return f"python -m {__package__}" if own else "vsrppp"
