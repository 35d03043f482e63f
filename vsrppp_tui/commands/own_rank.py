"""This process as one of several that a launcher has started: how it joins the others and ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsrppp_tui.training.rank_env import RankPlace

if TYPE_CHECKING:
    from vsrppp_tui.training.ranks import Ranks

FOLDER_VARIABLE = "VSRPPP_RANKS"
"""Where ranks that `vsrppp train --gpus` has started say how they ended: a folder of its own."""
SCREEN_VARIABLE = "VSRPPP_SCREEN"
"""Set where that command shows a screen, so that no rank prints."""
_ORDERLY = (0, 130, 143)


@dataclass(frozen=True, slots=True)
class OwnRank:
    """One of several processes of a run.

    Attributes:
        place: which one.
        device: ``--device`` as typed.
    """

    place: RankPlace
    device: str

    @property
    def speaks(self) -> bool:
        """Whether it prints how the run goes on."""
        return self.place.leads and SCREEN_VARIABLE not in os.environ

    def join(self) -> Ranks:
        """Meet the others; for the engine's thread."""
        from vsrppp_tui.training.distributed import Distributed

        return Distributed(self.place, self.device)

    def has_words(self, error: BaseException | None) -> bool:
        """Whether its last words are worth reading: rank 0 tells what the others end of."""
        from vsrppp_tui.training.ranks import PeerLost

        if isinstance(error, PeerLost):
            return self.place.leads or error.heir
        return self.place.leads or error is not None

    def began(self) -> None:
        """Tell the command that started the ranks which process this is."""
        if FOLDER_VARIABLE in os.environ:
            self._note("pid", os.getpid())

    def end(self, code: int, print_words: Callable[[], None]) -> int:
        """Print the last words, or leave them to the command that started the ranks; returns the exit code.

        A launcher calls every other code than 0 a failure, and ends the other ranks; so where that command
        gets the real one, an orderly end is 0. Started by any launcher, the code is `code`.
        """
        if FOLDER_VARIABLE not in os.environ:
            print_words()
            return code
        words, problem = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(words), contextlib.redirect_stderr(problem):
            print_words()
        outcome = {"code": code, "words": words.getvalue(), "problem": problem.getvalue()}
        self._note("end", outcome)
        return 0 if code in _ORDERLY else code

    def _note(self, kind: str, value: Any) -> None:
        with contextlib.suppress(OSError):  # whoever started this has gone, and its folder with it
            write_note(Path(os.environ[FOLDER_VARIABLE]) / f"{self.place.rank}.{kind}", value)


def write_note(path: Path, value: Any) -> None:
    """Write a value of JSON's types as one whole; a reader sees all of it or none."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value))
    part.rename(path)
