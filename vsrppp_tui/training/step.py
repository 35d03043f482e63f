"""One optimizer step: forward, loss, backward, clip, update, EMA. Never waits for the device.

Shapes in names: B batch, T frames, C channels, H and W height and width (of the LR frame or the
target, by context).
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.augment import to_network_input
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.models.network import Network
from vsrppp_tui.training.precision import Precision


class TrainingStep:
    """Owns what a step changes: network, optimizer, loss scaler and the EMA of the weights."""

    def __init__(
        self,
        network: Network,
        loss: Loss,
        config: RunConfig,
        device: torch.device,
        precision: Precision,
    ) -> None:
        # NHWC is the layout that both oneDNN and tensor cores compute convolutions in.
        self.network = network.to(device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.loss = loss
        self.device = device
        self.precision = precision
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=0.0, weight_decay=config.weight_decay, fused=True
        )
        self.scaler = torch.amp.GradScaler(device.type, enabled=precision.needs_scaler)
        self.ema: Network | None = None
        self._ema_decay = config.ema_decay  # the key waits for a restart
        if self._ema_decay > 0:
            self.ema = copy.deepcopy(network).requires_grad_(False).eval()
        self._parameters: list[Tensor] = list(network.parameters())

    @property
    def columns(self) -> int:
        """Length of the row that `run` returns: losses, gradient norm, skipped flag, activity."""
        return len(self.loss.names) + 2 + len(self.network.blocks)

    @property
    def evaluated(self) -> Network:
        """The network that validation and exports use: the EMA where there is one."""
        return self.ema if self.ema is not None else self.network

    def run(
        self,
        fetch: Callable[[], Batch],
        config: RunConfig,
        lr: float,
        interrupted: Callable[[], bool],
    ) -> Tensor | None:
        """Take one step of ACCUMULATION_STEPS micro-batches.

        Returns the row of this step [columns] on the device, or None when `interrupted` said so
        between micro-batches; weights, moments and EMA are then those of the last step boundary.
        """
        self.network.train()
        self.network.reset_activity()
        self.optimizer.zero_grad(set_to_none=True)
        losses = torch.zeros(len(self.loss.names), device=self.device)
        for _ in range(config.accumulation_steps):
            if interrupted():
                return None
            losses += self._micro_batch(fetch(), config.accumulation_steps)
        norm = self._update(config, lr)
        if self.ema is not None:
            self._follow(self.ema)
        flags = torch.stack([norm, (~torch.isfinite(norm)).float()])
        return torch.cat([losses, flags, self.network.activity_mean().float()])

    def _micro_batch(self, batch: Batch, share: int) -> Tensor:
        """Accumulate the gradients of one micro-batch; returns its losses over `share`."""
        lr_BTCHW, gt_BCHW = to_network_input(batch, self.device)
        with self.precision.autocast():
            pred_BCHW = self.network(lr_BTCHW)
        terms = self.loss(pred_BCHW.float(), gt_BCHW)
        self.scaler.scale(terms["Total"] / share).backward()
        return torch.stack([terms[name].detach() for name in self.loss.names]) / share

    def _update(self, config: RunConfig, lr: float) -> Tensor:
        """Clip and apply the gradients; a non-finite norm leaves weights and moments bit-unchanged."""
        for group in self.optimizer.param_groups:
            group["lr"], group["weight_decay"] = lr, config.weight_decay
        self.scaler.unscale_(self.optimizer)
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if config.grad_clip > 0:
            nn.utils.clip_grads_with_norm_(self._parameters, config.grad_clip, norm)
        if self.precision.needs_scaler:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        else:
            # The fused kernel reads this flag on the device and skips the whole update; multiplying
            # by zero would not do, since 0 * NaN is NaN.
            self.optimizer.found_inf = (~torch.isfinite(norm)).float()  # type: ignore[attr-defined]
            self.optimizer.step()
        return norm

    @torch.no_grad()
    def _follow(self, ema: Network) -> None:
        torch._foreach_lerp_(list(ema.parameters()), self._parameters, 1.0 - self._ema_decay)
