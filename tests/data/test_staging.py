"""The staging ring: nothing is overwritten before it was read, on a GPU that is behind as well."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.data.augment import to_network_input
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.staging import HostBuffers, StagingRing, cuda_ring


def make_batch(number: int, samples: int = 2, side: int = 4) -> Batch:
    lr = torch.full((samples, 5, side, side, 3), number % 251, dtype=torch.uint8)
    gt = torch.full((samples, 3 * side, 3 * side, 3), number % 241, dtype=torch.uint8)
    return Batch(lr, gt, [(False, True, 1)] * samples, number)


def same(one: Batch, other: Batch) -> bool:
    return torch.equal(one.lr_BTHWC.cpu(), other.lr_BTHWC.cpu()) and torch.equal(
        one.gt_BHWC.cpu(), other.gt_BHWC.cpu()
    )


class LateDevice:
    """Copies and reads happen when they are let: those of a queue in their order."""

    def __init__(self) -> None:
        self.queue: deque[Callable[[], None]] = deque()
        self.waits = 0

    def run(self, count: int) -> None:
        for _ in range(min(count, len(self.queue))):
            self.queue.popleft()()


class LateCopier:
    """One slot of a `LateDevice`, whose one queue keeps the order that events keep between two."""

    def __init__(self, device: LateDevice) -> None:
        self._device = device
        self._copied = True
        self.held = make_batch(0)
        self.released = 0

    def wait_until_copied(self) -> None:
        self._device.waits += not self._copied
        while not self._copied:
            self._device.run(1)

    def copy(self, staged: Batch) -> Batch:
        assert self._copied, "the pinned buffers were filled before they were copied"
        self._copied = False

        def arrive() -> None:
            self.held = replace(
                staged, lr_BTHWC=staged.lr_BTHWC.clone(), gt_BHWC=staged.gt_BHWC.clone()
            )
            self._copied = True

        self._device.queue.append(arrive)
        return staged

    def release(self) -> None:
        self.released += 1


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(0, 4)), max_size=30),
    st.integers(1, 4),
)
def test_every_batch_arrives_whole_however_late_the_device_is(
    steps: list[tuple[int, int, int]], slots: int
) -> None:
    device = LateDevice()
    copiers: list[LateCopier] = []

    def make() -> LateCopier:
        copiers.append(LateCopier(device))
        return copiers[-1]

    ring = StagingRing(make, slots=slots, pinned=False)
    read: list[Batch] = []
    brought = [make_batch(n + 1, samples, side) for n, (samples, side, _) in enumerate(steps)]
    for number, (batch, (_, _, progress)) in enumerate(zip(brought, steps, strict=True)):
        handed = replace(batch, lr_BTHWC=batch.lr_BTHWC.clone(), gt_BHWC=batch.gt_BHWC.clone())
        with ring.bring(handed):
            copier = copiers[number % slots]
            device.queue.append(lambda copier=copier: read.append(copier.held))  # type: ignore[misc]
        handed.lr_BTHWC.zero_()  # the host's again
        device.run(progress)
    device.run(len(device.queue))
    assert len(read) == len(brought)
    assert all(map(same, read, brought))
    assert sum(copier.released for copier in copiers) == len(brought)


def test_the_host_waits_only_where_the_device_is_behind_by_all_slots() -> None:
    device = LateDevice()
    ring = StagingRing(lambda: LateCopier(device), slots=3, pinned=False)
    for number in range(3):
        with ring.bring(make_batch(number)):
            pass
    assert device.waits == 0
    with ring.bring(make_batch(3)):
        pass
    assert device.waits == 1


def test_a_slot_is_free_again_where_the_block_fails() -> None:
    device = LateDevice()
    ring = StagingRing(lambda: LateCopier(device), slots=1, pinned=False)
    with pytest.raises(torch.OutOfMemoryError), ring.bring(make_batch(1)):
        raise torch.OutOfMemoryError
    with ring.bring(make_batch(2)) as staged:
        assert same(staged, make_batch(2))


def test_buffers_are_kept_for_smaller_batches_and_grow_for_larger_ones() -> None:
    buffers = HostBuffers(pinned=False)
    place = buffers.fill(make_batch(1, 3)).gt_BHWC.data_ptr()
    small = buffers.fill(make_batch(2, 1))
    assert same(small, make_batch(2, 1))
    assert small.gt_BHWC.data_ptr() == place
    large = buffers.fill(make_batch(3, 2, side=9))
    assert same(large, make_batch(3, 2, side=9))
    assert large.gt_BHWC.dtype == torch.uint8


@pytest.mark.gpu
def test_on_a_gpu_that_is_behind_the_network_gets_every_batch_whole() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    device = torch.device("cuda")
    ring = cuda_ring(device)
    busy = torch.rand(2048, 2048, device=device)
    batches = [make_batch(n, 1 + n % 4, 30 + 10 * (n % 3)) for n in range(60)]
    seen = []
    for batch in batches:
        busy = (busy @ busy).clamp(0, 1)  # the stream of the network is always behind
        with ring.bring(batch) as on_device:
            seen.append(to_network_input(on_device, device))
    for batch, (lr, gt) in zip(batches, seen, strict=True):
        expected_lr, expected_gt = to_network_input(batch, torch.device("cpu"))
        assert torch.equal(lr.cpu(), expected_lr)
        assert torch.equal(gt.cpu(), expected_gt)
