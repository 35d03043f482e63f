"""The saver of a rank that keeps no checkpoints: rank 0 saves what is the same on all of them."""

from __future__ import annotations

from vsrppp_tui.training.control import Request
from vsrppp_tui.training.saving import Saver


class NoSaver(Saver):
    """Does nothing where a `Saver` writes."""

    def __init__(self) -> None:
        """Takes nothing: there is no writer thread and no buffer."""

    def latest(self) -> None:
        pass

    def validated(self, *, best: bool) -> None:
        pass

    def milestone(self) -> None:
        pass

    def requested(self, request: Request) -> None:
        pass

    def poll(self) -> None:
        pass

    def settle(self) -> None:
        pass

    def last(self) -> bool:
        return True

    def emergency(self) -> bool:
        return True

    def rolled_back(self) -> bool:
        return True

    def close(self) -> None:
        pass
