"""What a run asks of its dataset: which folders, which sizes, how many LR frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.formats import SINGLE_FORMAT_FOLDER, PatchFormat, parse_format
from vsrppp_tui.data.layout import CATEGORY_FOLDERS
from vsrppp_tui.errors import UserError
from vsrppp_tui.program import program

_PLAIN_LR = "LR"


@dataclass(frozen=True, slots=True)
class TrainFolder:
    """The folder of one format.

    Attributes:
        format: the size that its GT patches have; None: whatever one size they have.
        name: of the folder with GT and LR, below the dataset's root.
        lr: name of the folder with the LR stacks, below `name`.
    """

    format: PatchFormat | None
    name: str
    lr: str

    @property
    def gt_folder(self) -> str:
        """Folder of the GT patches, relative to the root."""
        return f"{self.name}/GT"

    @property
    def lr_folder(self) -> str:
        """Folder of the LR stacks, relative to the root."""
        return f"{self.name}/{self.lr}"


@dataclass(frozen=True)
class DatasetSpec:
    """What is looked for, and where.

    Attributes:
        data_root: the folder that the configuration names.
        category: None, or a key of CATEGORY_FOLDERS.
        frames: T, the LR frames of a stack.
        formats: each in a folder of its own; empty: one size, in Patches/GT and Patches/LR.
        made_validation: validation has Val/GT alone, and its LR frames are made on the fly.
        root_key: the configuration's key for `data_root`, for messages.
    """

    data_root: Path
    category: str | None = None
    frames: int = 5
    formats: tuple[PatchFormat, ...] = ()
    made_validation: bool = False
    root_key: str = "DATASET_ROOT"

    @property
    def root(self) -> Path:
        """The folder that holds the folders of the formats and Val."""
        if self.category is None:
            return self.data_root
        return self.data_root / CATEGORY_FOLDERS[self.category]

    def train_folders(self) -> tuple[TrainFolder, ...]:
        """The folders of the training patches, in the order of the formats, whether they exist or not.

        Stacks of five frames may also lie in plain LR.
        """
        if not self.formats:
            return (TrainFolder(None, SINGLE_FORMAT_FOLDER, _PLAIN_LR),)
        return tuple(TrainFolder(each, each.folder, self._lr(each.folder)) for each in self.formats)

    def _lr(self, folder: str) -> str:
        name = f"LR_{self.frames}frames"
        inside = self.root / folder
        plain = self.frames == 5 and not (inside / name).is_dir() and (inside / _PLAIN_LR).is_dir()
        return _PLAIN_LR if plain else name

    def command(self, out: str | Path) -> str:
        """The command that makes such a dataset in the folder `out`."""
        parts = [f"{program()} prepare VIDEO --out {out}"]
        if self.category is not None:
            parts.append(f"--category {self.category}")
        if self.formats:
            parts.append(f"--formats {','.join(each.name for each in self.formats)}")
            parts.append(f"--frames {self.frames}")
        return " ".join(parts)


def spec_of(config: RunConfig) -> DatasetSpec:
    """The dataset that a configuration describes.

    Raises:
        UserError: a format is not known, or two names stand for one size.
    """
    formats = tuple(replace(parse_format(name), name=name) for name in config.format_names)
    by_folder: dict[str, PatchFormat] = {}
    for each in formats:
        other = by_folder.setdefault(each.folder, each)
        if other is not each:
            raise UserError(
                f"The formats {other.name} and {each.name} are the same size, {each.size}: "
                "list one of them."
            )
    return DatasetSpec(
        Path(config.dataset_root),
        config.category,
        config.frames,
        formats,
        config.made_validation,
        config.key_of("dataset_root"),
    )
