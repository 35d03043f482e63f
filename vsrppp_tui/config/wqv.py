"""Keys of the recipe `wqv`: a single-image RRDB network on synthetic degradations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import ConfigDict, model_validator

from vsrppp_tui.config.key import Effect, Group, key, redefined
from vsrppp_tui.config.schema import Enlargement, FileNames, RunConfig
from vsrppp_tui.config.shared import (
    OneBatchConfig,
    PerceptualConfig,
    accumulation_steps_key,
    batch_size_key,
    perceptual_weight_key,
    vgg_weights_key,
)

LOWEST_RATE = 1e-10
_NAMES = {"scale_factor": "SCALE", "dataset_root": "SOURCE"}


class WqvConfig(OneBatchConfig, PerceptualConfig):
    """RRDBNet for x2, x4 or x8, trained on pairs that are made of clean pictures."""

    model_config = ConfigDict(alias_generator=lambda name: _NAMES.get(name, name.upper()))

    recipe: Literal["wqv"] = key(
        "wqv",
        meaning="Which trainer this file configures.",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
    )
    scale_factor: Literal[2, 4, 8] = key(
        4,
        meaning="How many times wider and higher the network makes a picture.",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
    )
    num_feat: int = key(
        64,
        meaning="Feature channels of the trunk.",
        unit="channels",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
        ge=4,
        le=1024,
    )
    num_block: int = key(
        23,
        meaning="Residual-in-residual dense blocks (RRDB) of the trunk.",
        unit="blocks",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
        ge=1,
        le=512,
    )
    init_weights: str | None = key(
        None,
        meaning="File that a new run takes its first weights from; a resumed run keeps it as provenance.",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
    )
    init_arch: Literal["auto", "rrdb"] = key(
        "auto",
        meaning="Architecture of INIT_WEIGHTS: read from the file, or taken for RRDB as far as its tensors say.",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
    )
    dataset_root: str = redefined(
        RunConfig.model_fields["dataset_root"],
        "dataset",
        meaning="Folder of clean pictures (PNG, JPEG, BMP, TIFF), searched with all folders inside it.",
    )
    base_resolution: int = key(
        120,
        meaning="Side of an LR sample; its target is SCALE times as large.",
        unit="LR pixels",
        group=Group.DATA,
        effect=Effect.RESTART,
        ge=16,
        le=1024,
    )
    patches_per_image: int = key(
        16,
        meaning="Samples that are cut from each picture in an epoch.",
        unit="samples",
        group=Group.DATA,
        effect=Effect.RESTART,
        ge=1,
        le=100_000,
    )
    train_split: float = key(
        0.8,
        meaning="Share of the pictures that are trained on.",
        group=Group.DATA,
        effect=Effect.NEW_RUN,
        ge=0.01,
        le=0.99,
    )
    val_split: float = key(
        0.1,
        meaning="Share of the pictures that validate; what is left over is for the test at the end.",
        group=Group.DATA,
        effect=Effect.NEW_RUN,
        ge=0.01,
        le=0.99,
    )
    monochrome_style: bool = key(
        False,
        meaning="Grey pictures of few levels with sensor noise, as of the WQV cameras, in the place of colours and JPEG.",
        group=Group.DATA,
        effect=Effect.RESTART,
    )
    monochrome_levels: int = key(
        16,
        meaning="Grey levels of LR pictures and targets with MONOCHROME_STYLE.",
        unit="levels",
        group=Group.DATA,
        effect=Effect.RESTART,
        ge=2,
        le=256,
    )
    monochrome_noise: float = key(
        0.01,
        meaning="Standard deviation of the sensor noise with MONOCHROME_STYLE; 1 is the whole range.",
        group=Group.DATA,
        effect=Effect.RESTART,
        ge=0.0,
        le=1.0,
    )
    seed: int = redefined(
        RunConfig.model_fields["seed"],
        1337,
        meaning="Seed of the weights' start, of the split, of the order of samples and of their degradation.",
    )
    lr: float = key(
        2e-4,
        meaning="Learning rate, the same over the whole run.",
        group=Group.LEARNING_RATE,
        effect=Effect.LIVE,
        ge=LOWEST_RATE,
        le=1.0,
    )
    batch_size: int = batch_size_key(16)
    accumulation_steps: int = accumulation_steps_key(1)
    weight_decay: float = redefined(
        RunConfig.model_fields["weight_decay"],
        0.0,
        meaning="Decoupled weight decay; 0 is plain Adam.",
    )
    grad_clip: float = redefined(RunConfig.model_fields["grad_clip"], 0.5)
    ema_decay: float = redefined(
        RunConfig.model_fields["ema_decay"],
        0.999,
        meaning="Decay of the running average of the weights, which rises to it over the first steps; validation, "
        "pictures and exports use the average. 0 keeps none.",
    )
    max_steps: int = redefined(
        RunConfig.model_fields["max_steps"], 200_000, meaning="Length of the run."
    )
    l1_weight: float = key(
        1.0,
        meaning="Weight of the L1 term.",
        group=Group.LOSS,
        effect=Effect.LIVE,
        ge=0.0,
        le=100.0,
    )
    perceptual_weight: float = perceptual_weight_key(0.1)
    vgg_weights: str | None = vgg_weights_key()
    val_step_every: int = redefined(RunConfig.model_fields["val_step_every"], 5_000)
    save_step_every: int = redefined(RunConfig.model_fields["save_step_every"], 10_000)
    log_tboard_every: int = redefined(RunConfig.model_fields["log_tboard_every"], 100)
    image_log_interval: int = key(
        2_000,
        meaning="Steps between comparison pictures LR | SR | HR, beside those of validations.",
        unit="steps",
        group=Group.VALIDATION,
        effect=Effect.LIVE,
        ge=1,
        le=100_000_000,
    )
    num_workers: int | None = redefined(
        RunConfig.model_fields["num_workers"],
        4,
        meaning="Processes that cut and degrade samples; null takes half the cores, 0 does it in the trainer.",
    )
    device: Literal["auto", "cuda", "cpu"] = key(
        "auto",
        meaning="Where the network is computed; auto takes a GPU where there is one.",
        group=Group.BATCH,
        effect=Effect.RESTART,
    )
    tensorboard: bool = key(
        False,
        meaning="Whether TensorBoard files are written.",
        group=Group.RECORDS,
        effect=Effect.RESTART,
    )

    @property
    def files(self) -> FileNames:
        """The names of the original's workspace."""
        scale = self.scale_factor
        return FileNames(
            config="training_config.json",
            log="trainer.log",
            milestone=f"scale{scale}_step{{step}}.pth",
            deploys=True,
            export=f"models/wqv_neosr_x{scale}.pth",
            tensorboard="tensorboard" if self.tensorboard else None,
        )

    @property
    def frames(self) -> int:
        """One picture."""
        return 1

    @property
    def scale(self) -> int:
        """SCALE."""
        return self.scale_factor

    @property
    def betas(self) -> tuple[float, float]:
        """0.9 and 0.99."""
        return 0.9, 0.99

    @property
    def baseline(self) -> Enlargement:
        """Bicubic."""
        return "bicubic"

    def pictures_due(self, step: int) -> bool:
        """Every IMAGE_LOG_INTERVAL steps."""
        return step % self.image_log_interval == 0

    def lower_rate(self) -> Mapping[str, Any]:
        """Half of LR."""
        return {"LR": max(self.lr / 2.0, LOWEST_RATE)}

    @model_validator(mode="after")
    def _splits_leave_room(self) -> Self:
        if round(self.train_split + self.val_split, 9) > 1.0:
            raise ValueError(
                f"TRAIN_SPLIT = {self.train_split:g} and VAL_SPLIT = {self.val_split:g} are more than the whole: "
                "lower one of them"
            )
        return self

    @model_validator(mode="after")
    def _loss_has_a_term(self) -> Self:
        if self.l1_weight == 0.0 and self.perceptual_weight == 0.0:
            raise ValueError("L1_WEIGHT and PERCEPTUAL_WEIGHT are both 0: raise one")
        return self
