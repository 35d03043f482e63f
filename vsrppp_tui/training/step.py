"""One optimizer step: forward, loss, backward, clip, update, EMA. Never waits for the device.

Shapes in names: B batch, T frames, C channels, H and W height and width (of the LR frame or the
target, by context).
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.augment import to_network_input
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.staging import cuda_ring
from vsrppp_tui.errors import TrainingFailed
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.models.network import Network
from vsrppp_tui.training.compiled import compiled
from vsrppp_tui.training.controller import Decision
from vsrppp_tui.training.micro_batch import MicroBatchLimit, release
from vsrppp_tui.training.precision import Precision
from vsrppp_tui.training.ranks import ALONE, Ranks


class TrainingStep:
    """Owns what a step changes: network, optimizer, loss scaler and the EMA of the weights."""

    def __init__(
        self,
        network: Network,
        loss: Loss,
        config: RunConfig,
        device: torch.device,
        precision: Precision,
        ranks: Ranks = ALONE,
    ) -> None:
        # NHWC is the layout that both oneDNN and tensor cores compute convolutions in.
        self.network = network.to(device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._ranks = ranks
        self._forward: nn.Module = compiled(self.network) if config.compile else self.network
        self._weight = 1.0  # of the present step's samples among those of all ranks
        self.loss = loss
        self._terms = (*loss.names, *loss.measures)
        self._total = loss.names.index("Total")
        self.device = device
        self.precision = precision
        self.optimizer = torch.optim.AdamW(
            network.parameters(),
            lr=0.0,
            betas=config.betas,
            weight_decay=config.weight_decay,
            fused=True,
        )
        self.scaler = torch.amp.GradScaler(device.type, enabled=precision.needs_scaler)
        self.ema: Network | None = None
        self._ema_decay = config.ema_decay  # the key waits for a restart
        if self._ema_decay > 0:
            self.ema = copy.deepcopy(network).requires_grad_(False).eval()
        self._parameters: list[Tensor] = list(network.parameters())
        self._staging = cuda_ring(device) if device.type == "cuda" else None
        self.limit = MicroBatchLimit()
        self.bad_streak = torch.zeros((), device=device)
        """Bad steps in a row, 0-dim on the device: see `_count_bad`."""

    def join(self) -> None:
        """Begin to take steps with the other ranks; all begin with the same weights."""
        self._forward = self._ranks.wrap(self._forward)

    @property
    def columns(self) -> int:
        """Length of the row that `run` returns: losses, measures, gradient norm, skipped flag, activity."""
        return len(self._terms) + 2 + len(self.network.blocks)

    @property
    def evaluated(self) -> Network:
        """The network that validation and exports use: the EMA where there is one."""
        return self.ema if self.ema is not None else self.network

    def run(
        self,
        fetch: Callable[[], Batch],
        config: RunConfig,
        decision: Decision,
        interrupted: Callable[[], bool],
        accumulation: int,
    ) -> Tensor | None:
        """Take one step of `accumulation` micro-batches, as `decision` says.

        A micro-batch that does not fit into the memory of the device is cut smaller, for this step
        and all that follow (`limit`); the step then begins anew with the batches it has fetched.

        Returns the row of this step [columns] on the device, or None when `interrupted` said so
        between micro-batches; weights, moments and EMA are then those of the last step boundary.

        Raises:
            TrainingFailed: not even a micro-batch of one sample fits.
        """
        self.network.train()
        losses = self._fitting_gradients(fetch, accumulation, interrupted)
        if losses is None:
            return None
        losses, activity = self._ranks.mean(
            losses, self.network.activity_mean().float() * self._weight
        )
        scale = self.scaler.scale(torch.ones((), device=self.device))
        total = losses[self._total]
        norm = self._update(config, decision, total)
        skipped = ~torch.isfinite(norm + total)
        if self.ema is not None:
            decay = self._ema_decay if decision.ema_decay is None else decision.ema_decay
            self._follow(self.ema, skipped, decay)
        self._count_bad(total, norm, scale)
        flags = torch.stack([norm, skipped.float()])
        return torch.cat([losses, flags, activity])

    def rehearse(self, batch: Batch) -> None:
        """Compute the gradients of a micro-batch and forget them, so that what is compiled is compiled.

        Where the memory does not suffice there is nothing to rehearse: the step will cut the batch.
        """
        self.network.train()
        with contextlib.suppress(torch.OutOfMemoryError):
            self._micro_batch(batch, 1.0)
        self.optimizer.zero_grad(set_to_none=True)
        self.network.reset_activity()
        release(self.device)

    def _fitting_gradients(
        self, fetch: Callable[[], Batch], accumulation: int, interrupted: Callable[[], bool]
    ) -> Tensor | None:
        """`_gradients`, begun anew with smaller micro-batches for as long as they do not fit."""
        fetched: list[Batch] = []
        while True:
            try:
                return self._gradients(fetched, fetch, accumulation, interrupted)
            except torch.OutOfMemoryError:
                self._require_repeatable()
                self.limit.halve(fetched[-1])
            # Outside of `except`, whose traceback holds the activations of the failed pass.
            self.optimizer.zero_grad(set_to_none=True)
            release(self.device)

    def _gradients(
        self,
        fetched: list[Batch],
        fetch: Callable[[], Batch],
        accumulation: int,
        interrupted: Callable[[], bool],
    ) -> Tensor | None:
        """Accumulate the gradients of a step; returns its losses, their mean over all samples.

        `fetched` is what an earlier try has fetched, and is filled up. None: interrupted.
        """
        self.network.reset_activity()
        self.optimizer.zero_grad(set_to_none=True)
        losses = torch.zeros(len(self._terms), device=self.device)
        for number in range(accumulation):
            if interrupted():
                return None
            if number == len(fetched):
                fetched.append(fetch())
            self._weight = fetched[number].weight
            pieces = list(self.limit.cut(fetched[number]))
            for place, (piece, share) in enumerate(pieces):
                if interrupted():
                    return None
                last = number == accumulation - 1 and place == len(pieces) - 1
                with self._ranks.passing(last=last):
                    losses += self._micro_batch(piece, accumulation / (share * piece.weight))
        return losses

    def _require_repeatable(self) -> None:
        """Refuse to begin a step anew whose gradients are under way to other ranks already."""
        if not self._ranks.may_repeat:
            raise TrainingFailed(
                f"Out of memory on rank {self._ranks.rank} in the middle of a step: lower "
                "BATCH_SIZE, or take smaller patches (LR_CROP)."
            )

    def _micro_batch(self, batch: Batch, divisor: float) -> Tensor:
        """Accumulate the gradients of one micro-batch over `divisor`; returns its losses over it."""
        lr_BTCHW, gt_BCHW = self._inputs(batch)
        with self.precision.autocast():
            pred_BCHW = self._forward(lr_BTCHW)
        # Not under autocast: VGG's features of two near images differ by little more than bf16 rounds off.
        terms = self.loss(pred_BCHW.float(), gt_BCHW)
        self.scaler.scale(terms["Total"] / divisor).backward()
        return torch.stack([terms[name].detach() for name in self._terms]) / divisor

    def _inputs(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """`to_network_input`; to a GPU through pinned buffers, on a stream of the copies' own."""
        if self._staging is None:
            return to_network_input(batch, self.device)
        with self._staging.bring(batch) as on_device:
            return to_network_input(on_device, self.device)

    def _update(self, config: RunConfig, decision: Decision, total: Tensor) -> Tensor:
        """Clip and apply the gradients; returns their norm before clipping.

        A norm or a `total` loss that is not finite leaves weights and moments bit-unchanged.
        """
        for group in self.optimizer.param_groups:
            group["lr"], group["weight_decay"] = decision.lr, config.weight_decay
        self.scaler.unscale_(self.optimizer)
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if decision.clip > 0:
            nn.utils.clip_grads_with_norm_(self._parameters, decision.clip, norm)
        # The fused kernel reads this flag on the device and skips the whole update; multiplying by
        # zero would not do, since 0 * NaN is NaN.
        self.optimizer.found_inf = (~torch.isfinite(norm + total)).float()  # type: ignore[attr-defined]
        self.optimizer.step()
        if self.precision.needs_scaler:
            self.scaler.update()
        return norm

    def _count_bad(self, total: Tensor, norm: Tensor, scale: Tensor) -> None:
        """Lengthen or end the row of bad steps: those whose loss or gradient norm is not finite.

        While the loss `scale` of fp16 is above 1, an infinite norm only means that it is too high.
        """
        bad = ~torch.isfinite(total) | (~torch.isfinite(norm) & (scale <= 1.0))
        self.bad_streak.add_(1.0).mul_(bad)

    @torch.no_grad()
    def _follow(self, ema: Network, skipped: Tensor, decay: float) -> None:
        """Move the average towards the weights, unless the step was `skipped`."""
        averages: list[Tensor] = list(ema.parameters())
        ways = list(torch._foreach_sub(self._parameters, averages))
        torch._foreach_mul_(ways, (1.0 - decay) * (~skipped).float())
        torch._foreach_add_(averages, ways)
