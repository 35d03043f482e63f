"""The loop that this product replaces, written as it usually is: the baseline of the step's figure.

Float32 in PyTorch's default layout (on a GPU, `half`: fp16 autocast with a loss scaler), AdamW as it comes
without `fused`, a number read from the device wherever one is shown: one a loss, one a block, one a
parameter's gradient. It has the parameter names of `VSRTriplePlus_3x`, so both loops can begin with the
same weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class _Block(nn.Module):
    """``x + 0.1 * conv(lrelu(conv(x)))``, with the mean absolute output as its activity."""

    def __init__(self, n_feats: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(n_feats, n_feats, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(n_feats, n_feats, 3, padding=1),
        )
        self.activity = torch.zeros(())

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        out: Tensor = x + 0.1 * self.conv(x)
        self.activity = out.detach().abs().mean()
        return out


class PlainNetwork(nn.Module):
    """VSR+++ without thought of layout or of the device's queue."""

    def __init__(self, n_feats: int, n_blocks: int) -> None:
        super().__init__()
        half = n_blocks // 2
        self.feat_extract = nn.Conv2d(3, n_feats, 3, padding=1)
        self.back_fusion = nn.Conv2d(2 * n_feats, n_feats, 1)
        self.forw_fusion = nn.Conv2d(2 * n_feats, n_feats, 1)
        self.backward_trunk = nn.Sequential(*(_Block(n_feats) for _ in range(half)))
        self.forward_trunk = nn.Sequential(*(_Block(n_feats) for _ in range(half)))
        self.temp_weight = nn.Parameter(torch.tensor([0.3, 1.0, 0.3]))
        self.fusion = nn.Conv2d(n_feats, n_feats, 3, padding=1)
        self.upsample = nn.Sequential(
            nn.Conv2d(n_feats, 9 * n_feats, 3, padding=1),
            nn.PixelShuffle(3),
            nn.Conv2d(n_feats, 3, 3, padding=1),
        )

    def forward(self, lr_BTCHW: Tensor) -> Tensor:
        """Map [B, 5, 3, H, W] to [B, 3, 3H, 3W]."""
        feats = self.feat_extract(lr_BTCHW.flatten(0, 1)).unflatten(0, lr_BTCHW.shape[:2])
        frames = feats.unbind(1)
        backward = self.backward_trunk(self.back_fusion(torch.cat([frames[3], frames[4]], dim=1)))
        forward = self.forward_trunk(self.forw_fusion(torch.cat([frames[0], frames[1]], dim=1)))
        weights = torch.softmax(self.temp_weight, dim=0)
        blend = frames[2] * weights[1] + backward * weights[0] + forward * weights[2]
        anchor = F.interpolate(lr_BTCHW[:, 2], scale_factor=3, mode="bilinear", align_corners=False)
        detail: Tensor = self.upsample(self.fusion(blend))
        return detail + anchor

    def activities(self) -> list[Tensor]:
        """The activity of each block at the last forward."""
        return [block.activity for block in self.modules() if isinstance(block, _Block)]


class PlainLoop:
    """Takes plain steps. Its float32 batches are handed over ready: decoding and augmenting are free."""

    def __init__(
        self,
        network: PlainNetwork,
        weights: Mapping[str, Tensor],
        *,
        lr: float,
        weight_decay: float,
        steps: int,
        half: bool = False,
    ) -> None:
        network.load_state_dict(weights)
        self._network = network
        self._optimizer = torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=weight_decay)
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimizer, T_max=steps)
        self._device_type = next(network.parameters()).device.type
        self._half = half
        self._scaler = torch.amp.GradScaler(self._device_type, enabled=half)
        self.reads = 0
        """Numbers read from the device so far; each waits until the device has done all its work."""

    def run(self, micro_batches: Sequence[tuple[Tensor, Tensor]]) -> float:
        """One step over (LR frames, targets), both float32 NCHW; returns the mean loss."""
        self._network.train()
        self._optimizer.zero_grad()
        mean = torch.zeros((), device=micro_batches[0][0].device)
        for lr_BTCHW, gt_BCHW in micro_batches:
            with torch.autocast(self._device_type, torch.float16, enabled=self._half):
                l1 = F.l1_loss(self._network(lr_BTCHW), gt_BCHW)
            total = l1 / len(micro_batches)
            self._scaler.scale(total).backward()  # type: ignore[no-untyped-call]
            self._read(l1)
            self._read(total)
            mean += total.detach()
        self._scaler.unscale_(self._optimizer)
        for parameter in self._network.parameters():
            assert parameter.grad is not None
            self._read(parameter.grad.norm())
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._schedule.step()
        for activity in self._network.activities():
            self._read(activity)
        return self._read(mean)

    def _read(self, value: Tensor) -> float:
        self.reads += 1
        return float(value.item())
