"""What is told of faults that a run survives: one warning for each kind, with its count."""

from __future__ import annotations

from collections.abc import Iterable

from vsrppp_tui.training.micro_batch import Cut
from vsrppp_tui.training.reporter import Reporter


class Faults:
    """Counts faults; each is an event of its own, and a warning shows the newest with the count."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._unreadable: set[str] = set()
        self._dead_workers = 0

    def unreadable(self, files: Iterable[str], what: str) -> None:
        """Files were passed over; one that has been told of before is not told of again.

        `what` completes a sentence that begins with the name of the file.
        """
        for file in files:
            if file in self._unreadable:
                continue
            self._unreadable.add(file)
            count = len(self._unreadable)
            total = f" ({count} unreadable files so far)" if count > 1 else ""
            self._reporter.alert("unreadable", f"{file}{what}{total}.")

    def workers_died(self, count: int) -> None:
        """The loader has replaced its workers `count` times since the last call."""
        if count == 0:
            return
        self._dead_workers += count
        self._reporter.alert(
            "loader",
            "A loader worker died and the loader was started again at the same sample "
            f"({self._dead_workers} so far); where memory is short, lower NUM_WORKERS.",
        )

    def micro_batch_cut(
        self, cut: Cut, samples: int, accumulation: int, format_name: str | None
    ) -> None:
        """The device ran out of memory in a step of `accumulation` batches of so many samples."""
        what = "" if format_name is None else f" with {format_name}"
        old, new = (accumulation * -(-samples // most) for most in (cut.before, cut.after))
        self._reporter.alert(
            "memory",
            f"Out of memory on the device{what}: micro-batch {cut.before} -> {cut.after}, accumulation "
            f"{old} -> {new}; the effective batch stays {samples * accumulation}.",
        )

    def validation_left_out(self, step: int) -> None:
        """The device ran out of memory in a validation, twice."""
        self._reporter.alert(
            "validation",
            f"The validation of step {step:,} was left out: the device ran out of memory twice. "
            "Free its memory, or make the images in Val smaller.",
        )

    def validated(self) -> None:
        """A validation has worked."""
        self._reporter.clear_alert("validation")
