"""Keys of the YAML files of VSR++ Unified: categories, 5 or 7 frames, several patch formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from vsrppp_tui.config.key import Effect, Group, key
from vsrppp_tui.config.schema import FileNames, RunConfig
from vsrppp_tui.config.vsrpp import AdaptiveConfig

_Count = Annotated[int, Field(ge=1, le=1024)]
_Weight = Annotated[float, Field(ge=0.0, le=1e6)]

_NAMES = {
    "n_feats": "MODEL.base_channels",
    "n_blocks": "MODEL.num_blocks",
    "use_checkpointing": "MODEL.use_checkpointing",
    "data_category": "DATA.category",
    "lr_version": "DATA.lr_version",
    "dataset_root": "DATA.data_root",
    "formats": "DATA.formats",
    "format_weights": "DATA.format_weights",
    "max_steps": "TRAINING.total_steps",
    "batch_size": "TRAINING.batch_size",
    "gradient_accumulation": "TRAINING.gradient_accumulation",
    "lr_max": "TRAINING.learning_rate",
    "warmup_steps": "TRAINING.warmup_steps",
}


class UnifiedConfig(AdaptiveConfig):
    """A YAML file of VSR++ Unified. Keys that its sections do not have stand at the top, in upper case."""

    model_config = ConfigDict(alias_generator=lambda name: _NAMES.get(name, name.upper()))

    data_category: Literal["general", "space", "toon"] = key(
        "general",
        meaning="Which of the dataset's categories is trained on.",
        group=Group.DATA,
        effect=Effect.NEW_RUN,
    )
    dataset_root: str = key(
        "dataset",
        meaning="Folder that holds the categories, such as Universal/Mastermodell/Learn with Patches and Val/GT.",
        group=Group.DATA,
        effect=Effect.RESTART,
    )
    lr_version: Literal["5frames", "7frames"] = key(
        "5frames",
        meaning="Length of the LR stacks, and with it the folder LR_5frames or LR_7frames.",
        group=Group.DATA,
        effect=Effect.NEW_RUN,
    )
    formats: list[str] = key(
        ["small_540"],
        meaning="Patch formats that are trained on, by name or as WxH.",
        group=Group.DATA,
        effect=Effect.NEW_RUN,
    )
    format_weights: dict[str, _Weight] = key(
        {},
        meaning="How often each format is drawn, relative to the others; empty: all alike.",
        group=Group.DATA,
        effect=Effect.NEW_RUN,
    )
    batch_size: dict[str, _Count] | _Count = key(
        4,
        meaning="Samples in one micro-batch, for each format or for all.",
        unit="samples",
        group=Group.BATCH,
        effect=Effect.NEXT_EPOCH,
    )
    gradient_accumulation: dict[str, _Count] | _Count = key(
        1,
        meaning="Micro-batches whose gradients make one step, for each format or for all.",
        unit="micro-batches",
        group=Group.BATCH,
        effect=Effect.NEXT_EPOCH,
    )

    @property
    def files(self) -> FileNames:
        """Six digits, tensorboard/, and pictures one by one."""
        return FileNames(
            milestone="checkpoint_step_{step:06d}.pth",
            tensorboard="tensorboard",
            single_pictures=True,
        )

    @property
    def frames(self) -> int:
        """DATA.lr_version as a number."""
        return int(self.lr_version.removesuffix("frames"))

    @property
    def frame_variants(self) -> tuple[RunConfig, ...]:
        """With 5 and with 7 frames."""
        return tuple(self.model_copy(update={"lr_version": f"{count}frames"}) for count in (5, 7))

    @property
    def category(self) -> str | None:
        """DATA.category."""
        return self.data_category

    @property
    def format_names(self) -> tuple[str, ...]:
        """DATA.formats."""
        return tuple(self.formats)

    @property
    def made_validation(self) -> bool:
        """Always: a category has Val/GT alone."""
        return True

    def batch_of(self, format_name: str | None) -> int:
        """TRAINING.batch_size of a format."""
        return _of(self.batch_size, format_name)

    def accumulation_of(self, format_name: str | None) -> int:
        """TRAINING.gradient_accumulation of a format."""
        return _of(self.gradient_accumulation, format_name)

    def sized(
        self, n_feats: int, n_blocks: int, batch: int, accumulation: int
    ) -> Mapping[str, Any]:
        """One batch and accumulation for every format."""
        return {
            self.key_of("n_feats"): n_feats,
            self.key_of("n_blocks"): n_blocks,
            self.key_of("batch_size"): batch,
            self.key_of("gradient_accumulation"): accumulation,
        }

    def weight_of(self, format_name: str) -> float:
        """DATA.format_weights of a format."""
        return self.format_weights[format_name] if self.format_weights else 1.0

    @model_validator(mode="after")
    def _every_format_is_known(self) -> Self:
        if not self.formats or len(set(self.formats)) < len(self.formats):
            raise ValueError(
                f"DATA.formats = {self.formats} is not allowed: it takes at least one format, each once"
            )
        maps = {
            "DATA.format_weights": self.format_weights or None,
            "TRAINING.batch_size": self.batch_size,
            "TRAINING.gradient_accumulation": self.gradient_accumulation,
        }
        for each in self.formats:
            lacking = [name for name, v in maps.items() if isinstance(v, dict) and each not in v]
            if lacking:
                raise ValueError(
                    f"{' and '.join(lacking)} has no entry for {each}, which DATA.formats lists: add one, or "
                    "set one value for all (weights: {})"
                )
        if self.format_weights and not any(self.weight_of(name) for name in self.formats):
            raise ValueError("DATA.format_weights is 0 for every format that is listed: raise one")
        return self


def _of(values: dict[str, int] | int, format_name: str | None) -> int:
    if isinstance(values, int):
        return values
    assert format_name is not None
    return values[format_name]
