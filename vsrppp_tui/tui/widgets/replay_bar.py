"""What tells a record from a run: the head, a row above the keys with position, speed and time, and the keys."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from vsrppp_tui.counting import count
from vsrppp_tui.link.interface import FINAL_STATES
from vsrppp_tui.link.replay import ReplayLink
from vsrppp_tui.tui.replay_model import ReplayModel
from vsrppp_tui.tui.text import shorten, times
from vsrppp_tui.tui.widgets.footer import Footer
from vsrppp_tui.tui.widgets.header import Header, bar_row
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, row_width

_SAID_SECONDS = 5.0


class ReplayHeader(Header):
    """Says that nothing is at work here, how fast it is played, and what the run was doing then."""

    def __init__(self, model: ReplayModel) -> None:
        super().__init__(model, id="header")
        self._link = model.replay

    def state(self) -> Row:
        if self._link.recording is None:
            return super().state()
        then = super().state()
        if self.model.snapshot.state not in FINAL_STATES:
            then = ((f"was {self.model.snapshot.state}", "dim"),)
        return ((f"↻ replay {times(self._link.speed)}  ", "accent"), *then)


class ReplayBar(Panel):
    """Only in a replay."""

    def __init__(self, model: ReplayModel) -> None:
        super().__init__(model, id="replay")
        self._link = model.replay
        self._said, self._said_until = "", 0.0

    def say(self, text: str) -> None:
        """Show a sentence for a few seconds, or until the record is steered."""
        self._said, self._said_until = text, self.model.clock() + _SAID_SECONDS
        self.update()

    def build(self, width: int, height: int) -> Sequence[Row]:
        if self._link.recording is None:
            return [((" Record", "accent"), ("  being read …", "dim"))]
        if self.model.clock() < self._said_until:
            return [(("· ", "dim"), (shorten(self._said, max(1, width - 2)), "text"))]
        return [_row(self._link, width)]


class ReplayFooter(Footer):
    """Says what the key that plays the record would do now."""

    model: ReplayModel

    def words(self) -> Mapping[str, str]:
        link = self.model.replay
        return {"replay.play": "Again" if link.at_end else "Hold" if link.playing else "Play"}


def _row(link: ReplayLink, width: int) -> Row:
    """State, speed, bar and place; the bar takes what room is left."""
    head, place = _head(link), _place(link)
    room = width - row_width(head) - row_width(place) - 2
    fraction = link.position / link.duration if link.duration else 1.0
    return (*head, *bar_row(fraction, max(0, room)), ("  ", "text"), *place)


def _head(link: ReplayLink) -> Row:
    mark, word, style = ("‖", "held", "text")
    if link.at_end:
        mark, word, style = ("■", "end", "strong")
    elif link.playing:
        mark, word, style = ("▶", "play", "good")
    return ((f"{mark} {word:<4} ", style), (f"{times(link.speed):<7}", "text"))


def _place(link: ReplayLink) -> Row:
    """Percent, date and step, as wide at the beginning as at the end."""
    snapshot = link.snapshot()
    share = int(100 * link.position / link.duration) if link.duration else 100
    date = time.strftime("%d %b %H:%M:%S", time.localtime(link.moment))
    steps = len(count(max(snapshot.total_steps, snapshot.step)))
    return (
        (f"{share:3d}%  ", "text"),
        (f"{date}  ", "dim"),
        ("step ", "dim"),
        (f"{count(snapshot.step):>{steps}}", "strong"),
    )
