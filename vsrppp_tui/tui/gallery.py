"""Which picture is looked at: a validation, and one of its samples."""

from __future__ import annotations

from vsrppp_tui.link.interface import ValidationResult
from vsrppp_tui.tui.validations import Validations


class Gallery:
    """Begins at the newest validation and stays with the one looked at when a newer one comes."""

    def __init__(self, validations: Validations) -> None:
        self._validations = validations
        self._step: int | None = None  # None, or a step that is gone: the newest
        self._sample = 0

    @property
    def place(self) -> int:
        """Index of the validation looked at, among `count`."""
        steps = [result.step for result in self._validations.results]
        return steps.index(self._step) if self._step in steps else len(steps) - 1

    @property
    def count(self) -> int:
        """How many validations there are."""
        return len(self._validations.results)

    @property
    def at_newest(self) -> bool:
        """Whether no validation is newer than the one looked at."""
        return self.place == self.count - 1

    @property
    def result(self) -> ValidationResult | None:
        """The validation looked at; None before the first."""
        return self._validations.results[self.place] if self.count else None

    @property
    def sample(self) -> int:
        """Index of the sample looked at, among the pictures of the validation."""
        return min(self._sample, max(0, self._samples - 1))

    @property
    def picture(self) -> str | None:
        """Path of the picture relative to the run directory; None where there is none."""
        return self.result.pictures[self.sample] if self.result and self._samples else None

    @property
    def _samples(self) -> int:
        return len(self.result.pictures) if self.result else 0

    def move(self, by: int) -> None:
        """Go to a newer validation, or an older one where `by` is negative; at most to the ends."""
        if self.count:
            place = max(0, min(self.place + by, self.count - 1))
            self._step = self._validations.results[place].step

    def hold(self) -> None:
        """Stay with the validation looked at: a newer one does not take its place."""
        self.move(0)

    def next_sample(self, by: int) -> None:
        """Go on by so many samples; after the last one comes the first."""
        self._sample = (self.sample + by) % max(1, self._samples)
