"""The link between a screen and the record of a run: it plays, goes back, and takes no commands."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future

from vsrppp_tui.link.recording import Recording
from vsrppp_tui.training.control import Command, Reply
from vsrppp_tui.training.telemetry import (
    Event,
    History,
    RunInfo,
    Snapshot,
    TaskProgress,
)

SECONDS = 120.0  # that a whole record takes, where no speed is asked for
SLOWEST, FASTEST = 1 / 16, 2.0**20
REFUSAL = "This is a record: nothing in it can be changed."


def usual_speed(duration: float) -> float:
    """The power of two at which a record takes about two minutes; never slower than it was."""
    return 2.0 ** max(0, round(math.log2(max(1.0, duration / SECONDS))))


class ReplayLink:
    """A recorded run as a screen sees it, at a position that moves with the clock.

    Until `show` has been given the record, the run is `starting` and its task says that it is read. All
    but `snapshot`, `events`, `history` and `send` is for the one thread of the screen.

    Args:
        run: names the run until its record has been read.
        speed: seconds of the record a second; None: `usual_speed`.
        clock: seconds that go on at an even pace.
    """

    def __init__(
        self,
        run: RunInfo,
        speed: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        task = TaskProgress("Reading the record …", 0, 0)
        self._reading = Snapshot(0, run.started, "starting", run, task=task)
        self._recording: Recording | None = None
        self._asked_speed = speed
        self._clock = clock
        self._speed = speed or 1.0
        self._playing = False
        self._from = 0.0  # the position at `_since`
        self._since = 0.0

    def show(self, recording: Recording) -> None:
        """Begin to play a record."""
        self._recording = recording
        self._speed = self._asked_speed or usual_speed(recording.timeline.duration)
        self._from, self._since = 0.0, self._clock()
        self._playing = True

    @property
    def recording(self) -> Recording | None:
        """The record; None until it has been read."""
        return self._recording

    @property
    def speed(self) -> float:
        """Seconds of the record a second."""
        return self._speed

    @property
    def duration(self) -> float:
        """The last position, in seconds of the record with its gaps shortened."""
        return self._recording.timeline.duration if self._recording is not None else 0.0

    @property
    def position(self) -> float:
        """Where the record is now, 0 to `duration`."""
        gone = (self._clock() - self._since) * self._speed if self._playing else 0.0
        return min(self.duration, max(0.0, self._from + gone))

    @property
    def moment(self) -> float:
        """The time of the run (Unix seconds) at the position."""
        if self._recording is None:
            return self._reading.time
        return self._recording.timeline.moment_at(self.position)

    @property
    def at_end(self) -> bool:
        """Whether all has been played."""
        return self._recording is not None and self.position >= self.duration

    @property
    def playing(self) -> bool:
        """Whether the position moves by itself."""
        return self._playing and not self.at_end

    def toggle(self) -> None:
        """Stop or go on playing; at the end begin anew."""
        if self.at_end:
            self.seek(0.0)
            self._playing = True
        else:
            self._hold()
            self._playing = not self._playing

    def seek(self, position: float) -> None:
        """Go to a position, at most to the ends; it goes on playing if it did."""
        playing = self.playing
        self._from, self._since = min(self.duration, max(0.0, position)), self._clock()
        self._playing = playing

    def move(self, share: float) -> None:
        """Go on by a share of the whole record, or back where it is negative."""
        self.seek(self.position + share * self.duration)

    def change_speed(self, factor: float) -> None:
        """Play faster or slower from here on."""
        self._hold()
        self._speed = min(FASTEST, max(SLOWEST, self._speed * factor))

    def snapshot(self) -> Snapshot:
        return self._recording.state(self.moment) if self._recording is not None else self._reading

    def events(self, after: int) -> tuple[Event, ...]:
        events = self._recording.events(self.moment) if self._recording is not None else ()
        return events[max(0, after + 1) :]

    def history(self) -> History:
        """The records up to the position."""
        return self._recording.until(self.moment) if self._recording is not None else History()

    def send(self, command: Command) -> Future[Reply]:
        reply: Future[Reply] = Future()
        reply.set_result(Reply(False, self.snapshot().step, REFUSAL))
        return reply

    def _hold(self) -> None:
        """Count on from the present position."""
        self._from, self._since = self.position, self._clock()
