from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.deploy.sequence import mirrored, sliding_windows


def test_the_ends_of_scenes_are_mirrors() -> None:
    windows = list(sliding_windows(range(7), [range(0, 4), range(4, 7)], 5))
    assert windows == [
        [2, 1, 0, 1, 2],
        [1, 0, 1, 2, 3],
        [0, 1, 2, 3, 2],
        [1, 2, 3, 2, 1],
        [6, 5, 4, 5, 6],
        [5, 4, 5, 6, 5],
        [4, 5, 6, 5, 4],
    ]


def test_a_scene_of_one_frame_stands_for_all() -> None:
    assert list(sliding_windows("ab", [range(0, 1), range(1, 2)], 7)) == [["a"] * 7, ["b"] * 7]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5), st.sampled_from([1, 3, 5, 7]))
def test_every_frame_is_the_middle_once_and_no_window_leaves_its_scene(
    lengths: list[int], length: int
) -> None:
    edges = [sum(lengths[:count]) for count in range(len(lengths) + 1)]
    scenes = [range(first, end) for first, end in pairwise(edges)]
    windows = list(sliding_windows(iter(range(edges[-1])), scenes, length))
    assert [window[length // 2] for window in windows] == list(range(edges[-1]))
    for middle, window in enumerate(windows):
        scene = next(scene for scene in scenes if middle in scene)
        for place, frame in enumerate(window):
            wanted = mirrored(middle + place - length // 2 - scene.start, len(scene))
            assert frame == scene.start + wanted
        assert all(abs(a - b) <= 1 for a, b in pairwise(window))


def test_frames_are_taken_as_late_as_possible() -> None:
    taken: list[int] = []

    def source() -> object:
        for number in range(9):
            taken.append(number)
            yield number

    windows = sliding_windows(source(), [range(9)], 5)  # type: ignore[arg-type]
    next(windows)
    assert taken == [0, 1, 2]
    next(windows)
    assert taken == [0, 1, 2, 3]
