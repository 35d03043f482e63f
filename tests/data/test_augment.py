from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.data.augment import to_network_input, turn_samples
from vsrppp_tui.data.batch import Batch

CPU = torch.device("cpu")
TURNS = st.tuples(st.booleans(), st.booleans(), st.integers(0, 3))


def batch(turns: list[tuple[bool, bool, int]], side: int = 4) -> Batch:
    torch.manual_seed(0)
    lr = torch.randint(0, 256, (len(turns), 5, side, side, 3), dtype=torch.uint8)
    gt = torch.randint(0, 256, (len(turns), side * 3, side * 3, 3), dtype=torch.uint8)
    return Batch(lr, gt, turns, 0)


@given(st.lists(TURNS, min_size=1, max_size=4))
def test_each_sample_is_flipped_and_then_turned_as_torch_does(turns) -> None:
    pictures = batch(turns).gt_BHWC
    for turned, picture, (hflip, vflip, quarters) in zip(
        turn_samples(pictures, turns), pictures, turns, strict=True
    ):
        expected = picture.flip(1) if hflip else picture
        expected = expected.flip(0) if vflip else expected
        assert torch.equal(turned, torch.rot90(expected, quarters, (0, 1)))


def test_frames_and_target_are_turned_alike() -> None:
    turns = [(True, False, 1), (False, True, 3), (False, False, 0)]
    original = batch(turns)
    # Every LR frame is the target's corner pixel of each 3x3 cell, before and after.
    original.lr_BTHWC.copy_(original.gt_BHWC[:, 1::3, 1::3].unsqueeze(1).expand(-1, 5, -1, -1, -1))
    lr, gt = to_network_input(original, CPU)
    for frame in range(5):
        assert torch.equal(lr[:, frame], gt[:, :, 1::3, 1::3])


def test_values_are_unit_floats_and_frames_are_channels_last() -> None:
    original = batch([(False, False, 0), (True, True, 1)])
    original.gt_BHWC[0, 0, 0] = torch.tensor([0, 51, 255], dtype=torch.uint8)
    before = original.gt_BHWC.clone()
    lr, gt = to_network_input(original, CPU)
    assert (lr.shape, gt.shape) == ((2, 5, 3, 4, 4), (2, 3, 12, 12))
    assert lr.dtype == gt.dtype == torch.float32
    assert torch.equal(gt[0, :, 0, 0], torch.tensor([0.0, 0.2, 1.0]))
    assert lr.view(10, 3, 4, 4).is_contiguous(memory_format=torch.channels_last)
    assert gt.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(original.gt_BHWC, before)


def test_rectangles_turn_by_180_degrees() -> None:
    pictures = torch.arange(2 * 4 * 6 * 3).view(2, 4, 6, 3)
    turned = turn_samples(pictures, [(False, False, 2), (True, False, 0)])
    assert torch.equal(turned[0], pictures[0].flip(0, 1))
    assert torch.equal(turned[1], pictures[1].flip(1))
