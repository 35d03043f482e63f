"""What a run needs of its data, whatever kind they are of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from vsrppp_tui.data.sample_reader import SampleSource
from vsrppp_tui.data.stacks import Picture


class ValidationImages(Protocol):
    """Pairs to validate with, each of a size of its own."""

    @property
    def count(self) -> int:
        """Number of pictures."""
        ...

    @property
    def lr_source(self) -> str:
        """Where the LR frames come from, in words."""
        ...

    def read(self, index: int) -> tuple[Picture, Picture]:
        """LR frames [T, H, W, 3] and target [S*H, S*W, 3] of a picture.

        Raises:
            UnreadablePatch: a file is damaged or gone.
        """
        ...


class RunData(Protocol):
    """The data of one run, checked and ready."""

    @property
    def val(self) -> ValidationImages:
        """The pictures of the validations."""
        ...

    @property
    def test(self) -> ValidationImages | None:
        """Pictures that are measured once, at the end; None where the recipe has none."""
        ...

    @property
    def count(self) -> int:
        """Training samples of an epoch, of all formats together."""
        ...

    @property
    def fingerprint(self) -> str:
        """Stands for the training files: the same names and sizes give the same text."""
        ...

    @property
    def largest(self) -> tuple[int, int]:
        """Height and width in LR pixels of the largest samples."""
        ...

    @property
    def files(self) -> Mapping[str, str]:
        """Content of files, by name, that the run directory keeps of how the data were chosen."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should be told once."""
        ...

    @property
    def summary(self) -> str:
        """What is there, in words."""
        ...

    @property
    def samples(self) -> tuple[SampleSource, ...]:
        """The training samples as their files have them, one source a format."""
        ...

    def sources(
        self, progress: Callable[[int, int], None], tell: Callable[[str], None]
    ) -> tuple[SampleSource, ...]:
        """As `samples`, made ready to be read fast where the configuration asks for it.

        Args:
            progress: called with files done and files in all where this takes long.
            tell: takes what was decided on the way.
        """
        ...
