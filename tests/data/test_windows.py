from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.data.windows import evenly, plan_windows

SCENES = st.lists(st.integers(1, 120), min_size=1, max_size=8).map(
    lambda lengths: [
        range(sum(lengths[:place]), sum(lengths[: place + 1])) for place in range(len(lengths))
    ]
)
LIMITS = st.none() | st.integers(2, 40)


@given(SCENES, st.sampled_from([3, 5, 7]), st.floats(0.02, 0.5), LIMITS)
def test_windows_stay_in_one_scene_and_share_no_frame(
    scenes: list[range], frames: int, share: float, limit: int | None
) -> None:
    plan = plan_windows(scenes, frames, share, limit)
    seen: set[int] = set()
    for start in plan.train + plan.val:
        window = set(range(start, start + frames))
        assert any(window <= set(scene) for scene in scenes)
        assert not window & seen
        seen |= window
    if limit is not None:
        assert len(plan.train) + len(plan.val) <= limit
    assert bool(plan.train) == bool(plan.val)
    assert list(plan.train) == sorted(plan.train) and list(plan.val) == sorted(plan.val)


@given(st.integers(10, 2000), st.floats(0.05, 0.3))
def test_the_share_is_kept_and_a_gap_lies_around_validation(count: int, share: float) -> None:
    plan = plan_windows([range(count * 5)], 5, share)
    assert abs(len(plan.val) - count * share) <= 3
    for start in plan.val:
        assert start - 5 not in plan.train and start + 5 not in plan.train


def test_a_short_video_gives_a_few_validation_windows_and_a_tiny_one_none() -> None:
    assert len(plan_windows([range(100)], 5, 0.1).val) == 3
    assert len(plan_windows([range(10)], 5, 0.1).val) == 1
    assert plan_windows([range(9)], 5, 0.1).train == ()


def test_a_long_video_is_validated_on_several_stretches() -> None:
    val = plan_windows([range(5 * 500)], 5, 0.1).val
    stretches = [start for start in val if start - 5 not in val]
    assert len(val) == 50 and len(stretches) == 8


@given(st.integers(1, 50), st.integers(1, 60))
def test_evenly_spreads_over_all_items(length: int, count: int) -> None:
    chosen = evenly(range(length), count)
    assert len(chosen) == min(length, count) == len(set(chosen))
    assert chosen[0] <= length / count and chosen[-1] >= length - 1 - length / count
