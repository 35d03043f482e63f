"""Validation: the network against plain enlargement on every validation image.

Nothing of the training is touched: no random number is drawn, no gradient is kept, the network
returns to the mode it was in, and activity is gathered in training mode only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from vsrppp_tui.config.schema import Enlargement
from vsrppp_tui.data.run_data import ValidationImages
from vsrppp_tui.data.stacks import UnreadablePatch
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.models.network import Network
from vsrppp_tui.training.metrics import image_quality, mean_quality
from vsrppp_tui.training.micro_batch import release
from vsrppp_tui.training.picture_names import picture_paths
from vsrppp_tui.training.precision import Precision
from vsrppp_tui.training.telemetry import Quality, ValidationResult

SHOWN_PICTURES = 4
Pictures = tuple[NDArray[np.uint8], ...]
"""LR | KI | GT side by side, each uint8 RGB [H, 3W, 3]."""


@dataclass(frozen=True, slots=True)
class ValidationOutcome:
    """The numbers, and LR | KI | GT side by side (uint8 RGB [H, 3W, 3]) of the first images."""

    result: ValidationResult
    pictures: Pictures
    unreadable: tuple[str, ...] = ()  # images passed over, with the reason


@dataclass(frozen=True, slots=True)
class ImageOutcome:
    """What one image gave."""

    loss: float
    baseline: Quality
    network: Quality
    picture: NDArray[np.uint8] | None


class Validator:
    """Validates a network on a set of validation images."""

    def __init__(
        self,
        patches: ValidationImages,
        loss: Loss,
        device: torch.device,
        precision: Precision,
        baseline: Enlargement = "bilinear",
    ) -> None:
        self._patches = patches
        self._loss = loss
        self._device = device
        self._precision = precision
        self._baseline = baseline
        self._baselines: dict[int, Quality] = {}  # of each image; the same at every validation

    def run(
        self,
        network: Network,
        step: int,
        progress: Callable[[int, int], None],
        interrupted: Callable[[], bool],
    ) -> ValidationOutcome | None:
        """Validate; None when `interrupted` said so between two images.

        Where the device runs out of memory, what is cached is given back to it, and once more.

        Raises:
            UserError: not one of the images can be read any more.
            torch.OutOfMemoryError: the second try did not fit either.
        """
        was_training = network.training
        network.eval()
        try:
            with suppress(torch.OutOfMemoryError):  # with its traceback go the activations it holds
                return self._measure(network, step, progress, interrupted)
            release(self._device)
            return self._measure(network, step, progress, interrupted)
        finally:
            network.train(was_training)

    def _measure(
        self,
        network: Network,
        step: int,
        progress: Callable[[int, int], None],
        interrupted: Callable[[], bool],
    ) -> ValidationOutcome | None:
        started = time.monotonic()
        images: list[ImageOutcome] = []
        unreadable: list[str] = []
        for index in range(self._patches.count):
            if interrupted():
                return None
            progress(index, self._patches.count)
            try:
                images.append(self._image(network, index, keep=len(images) < SHOWN_PICTURES))
            except UnreadablePatch as error:
                unreadable.append(str(error))
        return self._outcome(step, images, unreadable, started)

    def _outcome(
        self, step: int, images: list[ImageOutcome], unreadable: list[str], started: float
    ) -> ValidationOutcome:
        """The mean over the images, in their order; `started` in seconds of the monotonic clock."""
        if not images:
            raise UserError(f"No validation image can be read any more: {unreadable[0]}.")
        shown = [image.picture for image in images if image.picture is not None]
        pictures = tuple(shown[:SHOWN_PICTURES])
        result = ValidationResult(
            step=step,
            time=time.time(),
            loss=sum(image.loss for image in images) / len(images),
            baseline=mean_quality([image.baseline for image in images]),
            network=mean_quality([image.network for image in images]),
            images=len(images),
            seconds=time.monotonic() - started,
            pictures=picture_paths(step, len(pictures)),
            lr_source=self._patches.lr_source,
            baseline_name=self._baseline,
        )
        return ValidationOutcome(result, pictures, tuple(unreadable))

    def pictures(self, network: Network) -> Pictures:
        """LR | KI | GT side by side of the first images, as in a validation, and nothing else.

        Images that cannot be read are left out.
        """
        was_training = network.training
        network.eval()
        pictures: list[NDArray[np.uint8]] = []
        try:
            for index in range(min(SHOWN_PICTURES, self._patches.count)):
                with suppress(UnreadablePatch):
                    picture = self._image(network, index, keep=True).picture
                    assert picture is not None
                    pictures.append(picture)
        finally:
            network.train(was_training)
        return tuple(pictures)

    @torch.no_grad()
    def _image(self, network: Network, index: int, *, keep: bool) -> ImageOutcome:
        lr_THWC, gt_HWC = self._patches.read(index)
        lr_BTCHW = self._to_device(lr_THWC).permute(0, 3, 1, 2).unsqueeze(0)
        gt_BCHW = self._to_device(gt_HWC).permute(2, 0, 1).unsqueeze(0)
        with self._precision.autocast():
            pred_BCHW = network(lr_BTCHW)
        pred_BCHW = pred_BCHW.float()
        centre_BCHW = lr_BTCHW[:, lr_BTCHW.shape[1] // 2]
        enlarged_BCHW = F.interpolate(
            centre_BCHW, size=gt_BCHW.shape[-2:], mode=self._baseline, align_corners=False
        )
        if index not in self._baselines:
            self._baselines[index] = image_quality(enlarged_BCHW, gt_BCHW)
        panels = torch.cat([enlarged_BCHW, pred_BCHW, gt_BCHW], dim=-1) if keep else None
        return ImageOutcome(
            loss=float(self._loss(pred_BCHW, gt_BCHW)["Total"]),
            baseline=self._baselines[index],
            network=image_quality(pred_BCHW, gt_BCHW),
            picture=None if panels is None else _to_picture(panels),
        )

    def _to_device(self, pixels: NDArray[np.uint8]) -> Tensor:
        return torch.from_numpy(pixels).to(self._device).float().div_(255.0)


def _to_picture(image_BCHW: Tensor) -> NDArray[np.uint8]:
    scaled = image_BCHW[0].clamp(0, 1).mul(255).round().to(torch.uint8)
    picture: NDArray[np.uint8] = scaled.permute(1, 2, 0).cpu().numpy()
    return picture
