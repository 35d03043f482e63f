"""The keys that every recipe shares; a recipe adds its own in a subclass of `RunConfig`.

Attributes are the file's upper-case keys in lower case: ``LR_EXPONENT`` is ``config.lr_exponent``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from vsrppp_tui.config.key import Effect, Group, KeyInfo, key, key_info
from vsrppp_tui.errors import UserError

Enlargement = Literal["bilinear", "bicubic"]


@dataclass(frozen=True, slots=True)
class FileNames:
    """How the files of a run are called; some systems have names of their own."""

    config: str = "train_config.json"
    log: str = "training.log"
    milestone: str = "checkpoint_step_{step}.pth"  # in checkpoints/
    # Whether a milestone has a sibling `_deploy` with the plain weights alone.
    deploys: bool = False
    export: str | None = None  # of the newest plain weights, in the run directory
    tensorboard: str | None = "logs"  # None: no TensorBoard is written
    single_pictures: bool = False  # validation also writes pred_000.png and gt_000.png


@dataclass(frozen=True, slots=True)
class TuningWish:
    """What auto-tune is asked for; None: its own choice."""

    target_speed: float = 4.0  # seconds a step, at most
    max_memory_gb: float | None = None
    candidates: tuple[str, ...] | None = None  # each FEATS,BATCH,BLOCKS


class RunConfig(BaseModel):
    """Configuration of one run: immutable; an edit makes a new one (see `config.edit`)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=str.upper,
        populate_by_name=False,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    recipe: str = key(
        "vsrppp",
        meaning="Which trainer this file configures.",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
    )
    dataset_root: str = key(
        "dataset",
        meaning="Folder that holds Patches/{GT,LR} and Val/{GT,LR}; relative to the working folder.",
        group=Group.DATA,
        effect=Effect.RESTART,
    )
    weight_decay: float = key(
        0.01,
        meaning="Decoupled weight decay of AdamW.",
        group=Group.OPTIMISER,
        effect=Effect.LIVE,
        advice="0.001 for fine-tuning",
        ge=0.0,
        le=1.0,
    )
    grad_clip: float = key(
        0.0,
        meaning="Largest allowed L2 norm of all gradients together; 0 leaves them alone.",
        group=Group.OPTIMISER,
        effect=Effect.LIVE,
        ge=0.0,
        le=1e6,
    )
    ema_decay: float = key(
        0.0,
        meaning="Decay of the running average of the weights that validation uses; 0 keeps none.",
        group=Group.OPTIMISER,
        effect=Effect.RESTART,
        ge=0.0,
        le=0.999999,
    )
    max_steps: int = key(
        100_000,
        meaning="Length of the run and of the cosine learning-rate schedule.",
        unit="steps",
        group=Group.LEARNING_RATE,
        effect=Effect.LIVE,
        ge=1,
        le=100_000_000,
    )
    precision: Literal["auto", "bf16", "fp16", "fp32"] = key(
        "auto",
        meaning="Arithmetic of the forward pass; auto takes bf16 where the device has it.",
        group=Group.BATCH,
        effect=Effect.RESTART,
    )
    compile: bool = key(
        False,
        meaning="Whether torch.compile fuses the network's kernels: a slow start for faster steps on a GPU; needs a C++ compiler.",
        group=Group.BATCH,
        effect=Effect.RESTART,
    )
    seed: int = key(
        0,
        meaning="Seed of the weights' start, of the order of samples and of the augmentation.",
        group=Group.DATA,
        effect=Effect.NEW_RUN,
        ge=0,
        le=2**31 - 1,
    )
    num_workers: int | None = key(
        None,
        meaning="Processes that decode patches; null takes half the cores (at most 8; none for cached patches), 0 decodes in the trainer.",
        unit="processes",
        group=Group.BATCH,
        effect=Effect.RESTART,
        ge=0,
        le=128,
    )
    val_step_every: int = key(
        250,
        meaning="Steps between validations.",
        unit="steps",
        group=Group.VALIDATION,
        effect=Effect.LIVE,
        ge=1,
        le=100_000_000,
    )
    save_step_every: int = key(
        5_000,
        meaning="Steps between milestone checkpoints; latest.pth is also written after each validation.",
        unit="steps",
        group=Group.VALIDATION,
        effect=Effect.LIVE,
        ge=1,
        le=100_000_000,
    )
    log_tboard_every: int = key(
        10,
        meaning="Steps between entries in TensorBoard and in the recorded history.",
        unit="steps",
        group=Group.RECORDS,
        effect=Effect.LIVE,
        ge=1,
        le=1_000_000,
    )
    telemetry_every: int = key(
        1,
        meaning="Steps between snapshots for the screen; never more than four a second.",
        unit="steps",
        group=Group.RECORDS,
        effect=Effect.LIVE,
        ge=1,
        le=1_000_000,
    )
    sort_by_activity: bool = key(
        True,
        meaning="Whether the block panel begins sorted by activity instead of by position.",
        group=Group.RECORDS,
        effect=Effect.LIVE,
    )

    @classmethod
    @cache  # every edit asks for each of its keys
    def keys(cls) -> Mapping[str, KeyInfo]:
        """Every key of this configuration by its name in the file, under the headings in their order.

        Under each heading the recipe's own keys come first, then those that all recipes have.
        """
        order = list(Group)
        fields = sorted(
            cls.model_fields.items(), key=lambda field: field[0] in RunConfig.model_fields
        )
        infos = [key_info(cls.key_of(name), field) for name, field in fields]
        infos.sort(key=lambda info: order.index(info.group))
        return MappingProxyType({info.name: info for info in infos})

    @classmethod
    def key_of(cls, attribute: str) -> str:
        """Name in the file of an attribute: ``MAX_STEPS``, or ``TRAINING.total_steps`` inside a section."""
        return cls.model_fields[attribute].alias or attribute.upper()

    @classmethod
    def own_name(cls, name: str) -> str:
        """The key that a name in a file stands for, where it is another spelling of one."""
        return name

    @classmethod
    def normalise(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of a file under the names of this class.

        Raises:
            UserError: the same thing is said twice, differently.
        """
        normal = {name: value for name, value in values.items() if cls.own_name(name) == name}
        for name in values.keys() - normal.keys():
            own = cls.own_name(name)
            if normal.setdefault(own, values[name]) != values[name]:
                raise UserError(
                    f"{name} = {values[name]} contradicts {own} = {normal[own]}: set {own}, which is what "
                    "this recipe goes by, and leave the other out."
                )
        return normal

    def to_file(self) -> dict[str, Any]:
        """Plain values by their names in the file; `config.read.file_text` puts them into sections."""
        return self.model_dump(by_alias=True, mode="json")

    @abstractmethod
    def lower_rate(self) -> Mapping[str, Any]:
        """The edit that lowers the learning rate to about half, within the bounds of the recipe's key."""

    def sized(
        self, n_feats: int, n_blocks: int, batch: int, accumulation: int
    ) -> Mapping[str, Any]:
        """The keys that make a configuration of another size, by their names in the file."""
        return {
            self.key_of("n_feats"): n_feats,
            self.key_of("n_blocks"): n_blocks,
            self.key_of("batch_size"): batch,
            self.key_of("accumulation_steps"): accumulation,
        }

    @property
    def wants_tuning(self) -> bool:
        """Whether a new run is to measure its size before it begins."""
        return False

    @property
    def tuning(self) -> TuningWish:
        """What auto-tune goes by."""
        return TuningWish()

    @classmethod
    def settled(cls, values: Mapping[str, Any], asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """`values` of a source less those that a run which was begun with `asked` has decided itself."""
        return values

    @property
    def files(self) -> FileNames:
        """How the files of the run are called."""
        return FileNames()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user of this configuration should be told once; empty if nothing."""
        return ()

    @property
    def frames(self) -> int:
        """T, the LR frames of one sample."""
        return 5

    @property
    def frame_variants(self) -> tuple[RunConfig, ...]:
        """This configuration with every number of frames that its kind has."""
        return (self,)

    @property
    def scale(self) -> int:
        """How many GT pixels stand for one LR pixel along each side."""
        return 3

    @property
    def betas(self) -> tuple[float, float]:
        """Decay of Adam's two moments."""
        return 0.9, 0.999

    @property
    def baseline(self) -> Enlargement:
        """The enlargement that validation compares the network with."""
        return "bilinear"

    @property
    def category(self) -> str | None:
        """Subfolder of the dataset (general, space, toon); None: DATASET_ROOT itself holds Patches and Val."""
        return None

    @property
    def format_names(self) -> tuple[str, ...]:
        """Patch formats that are trained on; empty: whatever one size the folder Patches holds."""
        return ()

    @property
    def made_validation(self) -> bool:
        """Whether the LR frames of validation pictures are always made on the fly."""
        return False

    @abstractmethod
    def batch_of(self, format_name: str | None) -> int:
        """Samples in one micro-batch of a format; None: of the only one."""

    @abstractmethod
    def accumulation_of(self, format_name: str | None) -> int:
        """Micro-batches that make a step of a format; None: of the only one."""

    def pictures_due(self, step: int) -> bool:
        """Whether comparison pictures are made at this step, beside those of validations."""
        return False

    def may_be_best(self, step: int) -> bool:
        """Whether a validation at this step may become the best checkpoint."""
        return True

    def weight_of(self, format_name: str) -> float:
        """How often a format is drawn, relative to the others."""
        return 1.0
