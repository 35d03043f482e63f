from __future__ import annotations

import numpy as np
import pytest
from data_files import noise

from vsrppp_tui.data.crops import choose_crops, crops_for
from vsrppp_tui.data.formats import format_of_size, parse_format

SMALL = format_of_size(48, 48)


def test_places_are_inside_and_apart_and_follow_from_the_text() -> None:
    frame = noise(0, 200, 300)
    places = choose_crops(frame, SMALL, 6, "clip 10")
    assert len(places) == 6
    assert places == choose_crops(frame, SMALL, 6, "clip 10") != choose_crops(frame, SMALL, 6, "b")
    for number, (top, left) in enumerate(places):
        assert 0 <= top <= 200 - 48 and 0 <= left <= 300 - 48
        for other_top, other_left in places[:number]:
            assert abs(top - other_top) >= 12 or abs(left - other_left) >= 12


def test_flat_places_are_left_out() -> None:
    frame = np.full((200, 300, 3), 90, np.uint8)
    frame[:, 200:] = noise(1, 200, 100)
    places = choose_crops(frame, SMALL, 4, "x")
    assert places and all(left > 200 - 48 for _, left in places)


def test_a_flat_frame_gives_none_or_the_liveliest() -> None:
    frame = np.full((60, 120, 3), 90, np.uint8)
    assert choose_crops(frame, SMALL, 4, "x") == []
    frame[:, 60:, :] = 93
    (place,) = choose_crops(frame, SMALL, 4, "x", at_least_one=True)
    assert 60 - 48 < place[1] < 60


def test_a_format_as_large_as_the_frame_has_one_place() -> None:
    assert choose_crops(noise(0, 48, 48), SMALL, 3, "x") == [(0, 0)]


@pytest.mark.parametrize(("name", "count"), [("small_540", 2), ("192x192", 8), ("960x540", 1)])
def test_crops_cover_about_a_frame(name: str, count: int) -> None:
    assert crops_for(parse_format(name), 960, 540) == count
