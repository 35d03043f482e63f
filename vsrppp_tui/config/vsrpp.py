"""Keys of the recipe `vsrpp` (VSR++): those of its JSON files, and the base of its YAML files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import ConfigDict, model_validator

from vsrppp_tui.config.key import Effect, Group, key, redefined
from vsrppp_tui.config.patches import PatchConfig
from vsrppp_tui.config.schema import RunConfig, TuningWish
from vsrppp_tui.config.shared import (
    FoldingConfig,
    OneBatchConfig,
    PerceptualConfig,
    accumulation_steps_key,
    batch_size_key,
    perceptual_weight_key,
    vgg_weights_key,
)
from vsrppp_tui.config.steering import SteeringConfig, refuse_crossed

LOWEST_RATE = 1e-10


class AdaptiveConfig(SteeringConfig, FoldingConfig, PatchConfig, PerceptualConfig):
    """What the JSON and the YAML files of VSR++ share: network, hybrid loss, adaptive system, schedule."""

    recipe: Literal["vsrpp"] = key(
        "vsrpp",
        meaning="Which trainer this file configures.",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
    )
    n_feats: int = key(
        128,
        meaning="Feature channels of the trunks.",
        unit="channels",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
        advice="64 to 256",
        ge=4,
        le=1024,
    )
    n_blocks: int = key(
        32,
        meaning="Residual blocks of both directions together; half of them run backward, half forward.",
        unit="blocks",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
        advice="16 to 48",
        ge=2,
        le=512,
        multiple_of=2,
    )
    use_checkpointing: bool = key(
        False,
        meaning="Compute the blocks' activations a second time in the backward pass instead of keeping them: less memory, longer steps.",
        group=Group.BATCH,
        effect=Effect.RESTART,
    )
    res_scale: float = key(
        1.0,
        meaning="Factor of a block's residual branch; early checkpoints of the original were trained with 0.1.",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
        ge=0.01,
        le=1.0,
    )
    lrelu_slope: float = key(
        0.1,
        meaning="Negative slope of the blocks' leaky ReLU; early checkpoints of the original were trained with 0.2.",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
        ge=0.0,
        le=1.0,
    )
    grad_clip: float = redefined(
        RunConfig.model_fields["grad_clip"],
        0.0,
        meaning="Largest allowed L2 norm of all gradients together where ADAPTIVE is false; 0 leaves them alone. Else the adaptive clip holds.",
    )
    weight_decay: float = redefined(RunConfig.model_fields["weight_decay"], 0.001)
    lr_max: float = key(
        1e-4,
        meaning="Learning rate at the end of the warm-up, from which the cosine falls.",
        group=Group.LEARNING_RATE,
        effect=Effect.LIVE,
        ge=LOWEST_RATE,
        le=1.0,
    )
    lr_min: float = key(
        1e-6,
        meaning="Learning rate at the end of the cosine; no plateau takes the rate below it.",
        group=Group.LEARNING_RATE,
        effect=Effect.LIVE,
        ge=0.0,
        le=1.0,
    )
    warmup_steps: int = key(
        1_000,
        meaning="Steps over which the learning rate rises from 0 to its peak.",
        unit="steps",
        group=Group.LEARNING_RATE,
        effect=Effect.LIVE,
        ge=0,
        le=10_000_000,
    )
    val_step_every: int = redefined(RunConfig.model_fields["val_step_every"], 500)
    save_step_every: int = redefined(
        RunConfig.model_fields["save_step_every"],
        10_000,
        meaning="Steps between regular checkpoints, and the cycle within which the best ones are looked for.",
    )
    log_tboard_every: int = redefined(RunConfig.model_fields["log_tboard_every"], 100)
    best_window_percent: list[float] = key(
        [20.0, 80.0],
        meaning="Part of each cycle of SAVE_STEP_EVERY in which a validation may become the best checkpoint.",
        unit="% of the cycle, from and to",
        written="such as [20, 80]",
        group=Group.VALIDATION,
        effect=Effect.LIVE,
    )
    l1_weight: float = key(
        0.6,
        meaning="Weight of the L1 term at the start; the three are scaled to a sum of 1.",
        group=Group.LOSS,
        effect=Effect.NEW_RUN,
        ge=0.01,
        le=1.0,
    )
    ms_weight: float = key(
        0.2,
        meaning="Weight of the multi-scale term (L1 after 2x average pooling) at the start.",
        group=Group.LOSS,
        effect=Effect.NEW_RUN,
        ge=0.01,
        le=1.0,
    )
    grad_weight: float = key(
        0.2,
        meaning="Weight of the gradient term at the start.",
        group=Group.LOSS,
        effect=Effect.NEW_RUN,
        ge=0.01,
        le=1.0,
    )
    perceptual_weight: float = perceptual_weight_key(
        0.0, what="a VGG19 perceptual term beside the three"
    )
    vgg_weights: str | None = vgg_weights_key()

    @property
    def notices(self) -> tuple[str, ...]:
        """GRAD_CLIP is not used beside the adaptive clip."""
        if not self.adaptive or self.grad_clip == 0.0:
            return ()
        return (
            f"GRAD_CLIP = {self.grad_clip:g} is not used while ADAPTIVE is true: the adaptive clip holds.",
        )

    @property
    def start_weights(self) -> tuple[float, float, float]:
        """L1_WEIGHT, MS_WEIGHT and GRAD_WEIGHT, scaled to a sum of 1."""
        total = self.l1_weight + self.ms_weight + self.grad_weight
        return self.l1_weight / total, self.ms_weight / total, self.grad_weight / total

    def lower_rate(self) -> Mapping[str, Any]:
        """Half of the peak learning rate, no lower than LR_MIN."""
        return {self.key_of("lr_max"): max(self.lr_max / 2.0, self.lr_min, LOWEST_RATE)}

    def may_be_best(self, step: int) -> bool:
        """Whether the step lies within BEST_WINDOW_PERCENT of its cycle of SAVE_STEP_EVERY."""
        first, last = self.best_window_percent
        return first <= 100.0 * (step % self.save_step_every) / self.save_step_every <= last

    @model_validator(mode="after")
    def _ends_in_order(self) -> Self:
        window = self.best_window_percent
        if len(window) != 2 or not 0.0 <= window[0] <= window[1] <= 100.0:
            raise ValueError(
                f"BEST_WINDOW_PERCENT = {window} is not allowed: it takes two numbers from 0 to 100, "
                "the smaller one first"
            )
        refuse_crossed(self, ("lr_min", "lr_max"))
        return self


_NAMES = {
    name: f"MODEL_CONFIG.{name}"
    for name in ("n_feats", "n_blocks", "batch_size", "accumulation_steps")
}
_AT_THE_TOP = {name.upper(): own for name, own in _NAMES.items()}


class VsrppConfig(AdaptiveConfig, OneBatchConfig):
    """A JSON file of VSR++: one patch format, five frames."""

    model_config = ConfigDict(alias_generator=lambda name: _NAMES.get(name, name.upper()))

    batch_size: int = batch_size_key(4)
    accumulation_steps: int = accumulation_steps_key(1, "the batch size")
    lr_exponent: float | None = key(
        None,
        meaning="Read from files of the original; this recipe does not use it: LR_MAX is the peak.",
        group=Group.LEARNING_RATE,
        effect=Effect.LIVE,
        ge=-10.0,
        le=0.0,
    )
    auto_tuned: bool = key(
        True,
        meaning="Whether MODEL_CONFIG stands; false lets a new run measure first which size suits the machine.",
        group=Group.TUNING,
        effect=Effect.NEW_RUN,
    )
    tune_target_speed: float = key(
        4.0,
        meaning="Longest step that auto-tune accepts.",
        unit="seconds a step",
        group=Group.TUNING,
        effect=Effect.NEW_RUN,
        ge=0.001,
        le=86_400.0,
    )
    tune_max_vram_gb: float | None = key(
        None,
        meaning="Memory of which auto-tune may fill 80%; null: all of the device's (without a GPU, of the machine's).",
        unit="GB",
        group=Group.TUNING,
        effect=Effect.NEW_RUN,
        ge=0.01,
        le=1e6,
    )
    tune_candidates: list[str] | None = key(
        None,
        meaning="What auto-tune tries, in order, each as FEATS,BATCH,BLOCKS; null: the eight of the original.",
        written='such as ["96,4,30", "64,4,20"]',
        group=Group.TUNING,
        effect=Effect.NEW_RUN,
    )
    data_root: str | None = key(
        None,
        meaning="Folder of the run where no --run-dir is given; the data lie in DATASET_ROOT.",
        group=Group.DATA,
        effect=Effect.NEW_RUN,
    )

    @classmethod
    def own_name(cls, name: str) -> str:
        """MODEL_CONFIG holds sizes and batch; the same keys at the top stand for them."""
        return _AT_THE_TOP.get(name, name)

    @property
    def notices(self) -> tuple[str, ...]:
        """LR_EXPONENT is not used."""
        if self.lr_exponent is None:
            return super().notices
        return (
            *super().notices,
            f"LR_EXPONENT = {self.lr_exponent:g} is read but not used by this recipe: "
            f"the peak learning rate is LR_MAX = {self.lr_max:g}.",
        )

    def sized(
        self, n_feats: int, n_blocks: int, batch: int, accumulation: int
    ) -> Mapping[str, Any]:
        """MODEL_CONFIG, which then stands."""
        return {**super().sized(n_feats, n_blocks, batch, accumulation), "AUTO_TUNED": True}

    @property
    def wants_tuning(self) -> bool:
        """Where AUTO_TUNED is false."""
        return not self.auto_tuned

    @property
    def tuning(self) -> TuningWish:
        """The keys TUNE_*."""
        given = self.tune_candidates
        return TuningWish(
            self.tune_target_speed, self.tune_max_vram_gb, None if given is None else tuple(given)
        )

    @classmethod
    def settled(cls, values: Mapping[str, Any], asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Where AUTO_TUNED false was asked for, the run has chosen MODEL_CONFIG itself."""
        if asked.get("AUTO_TUNED", True):
            return values
        chosen = {"AUTO_TUNED", *_NAMES.values(), *_AT_THE_TOP}
        return {name: value for name, value in values.items() if name not in chosen}
