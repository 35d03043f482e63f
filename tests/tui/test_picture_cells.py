"""From a picture to character cells: what is seen of it, and in which colours."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vsrppp_tui.tui.half_blocks import Line, half_blocks, scaled
from vsrppp_tui.tui.placement import ZOOMS, View, panned, place, zoomed

SIZES = st.tuples(st.integers(1, 2000), st.integers(1, 2000))
BOXES = st.tuples(st.integers(1, 300), st.integers(1, 90).map(lambda rows: 2 * rows))
VIEWS = st.builds(View, st.none() | st.sampled_from(ZOOMS), st.floats(0, 1), st.floats(0, 1))
PIXELS = arrays(
    np.uint8,
    st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)),
    elements=st.sampled_from([0, 1, 255]),
)


def cells(line: Line) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Each cell as character, upper and lower colour."""
    found = []
    for text, style, _ in line:
        assert style is not None and style.bgcolor is not None
        lower = tuple(style.bgcolor.triplet or ())
        upper = tuple(style.color.triplet or ()) if style.color is not None else lower
        found += [(character, upper, lower) for character in text]
    return found


@given(SIZES, BOXES, VIEWS)
def test_what_is_seen_lies_in_the_picture_and_in_the_box(size, box, view) -> None:  # type: ignore[no-untyped-def]
    seen = place(size, box, view)
    assert 1 <= seen.columns <= box[0]
    assert 2 <= seen.lines <= box[1]
    assert seen.lines % 2 == 0
    assert 0 <= seen.x <= seen.x + seen.width <= size[0]
    assert 0 <= seen.y <= seen.y + seen.height <= size[1]
    assert seen.width >= 1 and seen.height >= 1
    if view.zoom is None:
        assert (seen.x, seen.y, seen.width, seen.height) == (0, 0, *size)


@given(SIZES, BOXES, VIEWS, st.integers(-1, 1), st.integers(-1, 1))
def test_moving_about_goes_back_the_same_way_or_stops_at_an_edge(
    size, box, view, right, down
) -> None:  # type: ignore[no-untyped-def]
    start = place(size, box, view)
    moved_view = panned(size, box, view, right, down)
    moved = place(size, box, moved_view)
    assert (moved.x - start.x) * right >= 0
    assert (moved.y - start.y) * down >= 0
    assert (moved.width, moved.height) == (start.width, start.height)
    if right and moved.x == start.x:
        assert moved.x in (0, size[0] - moved.width)


@given(SIZES, BOXES)
def test_zooming_in_and_out_ends_at_the_whole(size, box) -> None:  # type: ignore[no-untyped-def]
    view, scales = View(), [place(size, box, View()).zoom]
    for _ in range(len(ZOOMS) + 1):
        view = zoomed(size, box, view, 1)
        scales.append(place(size, box, view).zoom)
    assert scales == sorted(scales)
    assert scales[-1] == max(scales[0], ZOOMS[-1])
    for _ in range(len(ZOOMS) + 1):
        view = zoomed(size, box, view, -1)
    assert view == View()


@given(PIXELS, BOXES, VIEWS)
def test_any_picture_becomes_cells_of_the_size_told(pixels, box, view) -> None:  # type: ignore[no-untyped-def]
    seen = place((pixels.shape[1], pixels.shape[0]), box, view)
    small = scaled(pixels, seen)
    assert small.shape == (seen.lines, seen.columns, 3)
    lines = half_blocks(small)
    assert len(lines) == seen.lines // 2
    for y, line in enumerate(lines):
        row = cells(line)
        assert [cell[1] for cell in row] == [tuple(pixel) for pixel in small[2 * y].tolist()]
        assert [cell[2] for cell in row] == [tuple(pixel) for pixel in small[2 * y + 1].tolist()]
        assert all((character == " ") == (upper == lower) for character, upper, lower in row)


@given(PIXELS, st.sampled_from([1.0, 2.0, 4.0]))
def test_enlarging_repeats_every_pixel(pixels, zoom) -> None:  # type: ignore[no-untyped-def]
    height, width = pixels.shape[:2]
    box = (int(width * zoom), 2 * int(-(-height * zoom // 2)))
    seen = place((width, height), box, View(zoom))
    factor = int(seen.zoom)
    expected = np.repeat(np.repeat(pixels, factor, 0), factor, 1)
    assert np.array_equal(scaled(pixels, seen)[: expected.shape[0]], expected)


def test_one_and_a_half_repeats_every_second_pixel() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    seen = place((4, 4), (7, 6), View())
    assert (seen.zoom, seen.whole, seen.columns, seen.lines) == (1.5, True, 6, 6)
    kept = [0, 0, 1, 2, 2, 3]
    assert np.array_equal(scaled(pixels, seen), pixels[kept][:, kept])


def test_shrinking_takes_the_mean() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:2, :2] = 200
    pixels[2, 2] = 100
    small = scaled(pixels, place((4, 4), (2, 2), View()))
    assert small[..., 0].tolist() == [[200, 0], [0, 25]]
