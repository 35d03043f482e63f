"""Figures of whatever a run may bring: exact in size, honest about what they leave out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vsrppp_tui.tui.marks import Fitted, Mark
from vsrppp_tui.tui.metrics import Series
from vsrppp_tui.tui.plot.dashes import MOST_CURVES, sample, style_of
from vsrppp_tui.tui.plot.figure import Curve, Figure, Look, draw_figure
from vsrppp_tui.tui.plot.frame import GUTTER
from vsrppp_tui.tui.plot.legend import draw_legend, legend_height, note_row
from vsrppp_tui.tui.plot.reading import read_step
from vsrppp_tui.tui.plot.scales import Scales
from vsrppp_tui.tui.plot.window import Extent
from vsrppp_tui.tui.widgets.rows import STYLES, row_width

ANY = st.floats(allow_nan=True, allow_infinity=True)
OFF = 3  # the strength of no smoothing


def curve(values: Sequence[float], first: int = 1, every: int = 1, name: str = "Loss") -> Curve:
    steps = first + every * np.arange(len(values), dtype=float)
    each = np.array(values, float)
    return Curve(name, Series(steps, each, each, each))


def draw(
    *curves: Curve, size: tuple[int, int] = (69, 13), look: Look | None = None, **options: float
) -> Figure:
    lasts = [float(c.series.steps[-1]) for c in curves if len(c.series.steps)]
    span = Extent(1, max(lasts, default=1)).whole
    return draw_figure(curves, size, span, look or Look(strength=OFF), Scales(), **options)  # type: ignore[arg-type]


def text(figure: Figure) -> list[str]:
    return ["".join(piece for piece, _ in row) for row in figure.rows]


def raster(figure: Figure) -> list[str]:
    return [line[GUTTER:] for line in text(figure)[:-2]]


def dots(figure: Figure, only: str = "") -> int:
    """How many dots are set, of all styles or of one."""
    pieces = [piece for row in figure.rows[:-2] for piece in row[1:] if only in piece[1]]
    return sum(
        (ord(c) - 0x2800).bit_count()
        for text, _ in pieces
        for c in text
        if "\u2800" < c <= "\u28ff"
    )


@given(
    st.lists(st.lists(ANY, max_size=40), max_size=MOST_CURVES),
    st.integers(0, 130),
    st.integers(0, 30),
    st.booleans(),
    st.integers(0, OFF),
    st.sampled_from([None, True, False]),
    st.none() | st.floats(0, 100),
)
@example([[-0.001953125]], 21, 3, False, 0, None, None)  # the widest label of an axis: "-1.75e-3"
def test_any_values_make_a_figure_of_the_right_size(
    values: list[list[float]],
    width: int,
    height: int,
    log: bool,
    strength: int,
    own: bool | None,
    cursor: float | None,
) -> None:
    curves = [curve(each, name=str(at)) for at, each in enumerate(values)]
    look = Look(log, strength, own)
    figure = draw_figure(curves, (width, height), (0, 50), look, Scales(), (), cursor)
    assert len(figure.rows) == (height if figure.rows else 0)
    for row in figure.rows[:-1]:
        assert row_width(row) == width
        assert {style for _, style in row} <= set(STYLES)
    assert all(row_width(row) <= width for row in figure.rows)
    for row in (
        *draw_legend(curves, figure, cursor, width).rows,
        note_row(figure, Fitted([]), width),
    ):
        assert "nan" not in str(row).lower() or "NaN" in str(row)


def test_nothing_to_see_says_why() -> None:
    assert "no metric chosen" in "".join(text(draw()))
    assert "no values yet" in "".join(text(draw(curve([]))))
    assert "no value in these steps" in "".join(text(draw(curve([math.nan] * 5))))
    figure = draw(curve([-1.0, 0.0]), look=Look(log=True))
    assert "no value above zero for a log scale" in "".join(text(figure))
    assert "2 points at or below zero left out" in str(note_row(figure, Fitted([]), 99))


def test_negative_values_are_left_out_of_a_log_scale_and_counted() -> None:
    figure = draw(curve([1.0, -1.0, 10.0, 0.0, 100.0] * 9), look=Look(log=True, strength=OFF))
    assert figure.left_out == 18
    assert dots(figure) > 0
    assert figure.ranges[0] is not None and figure.ranges[0].low > 0.1


def test_a_nan_is_a_gap() -> None:
    values = [1.0] * 100
    values[40:60] = [math.nan] * 20
    line = next(line for line in raster(draw(curve(values))) if line.strip())
    assert "      " in line.strip() and len(line.strip()) > 40
    assert "⠀" not in line


def test_infinity_is_marked_at_the_edge() -> None:
    values = [1.0, 2.0, 3.0] * 20
    values[30], values[45] = math.inf, -1e300
    figure = draw(curve(values))
    assert figure.beyond
    assert raster(figure)[0].count("▲") == 1 and raster(figure)[-1].count("▼") == 1
    assert "beyond the axis" in str(note_row(figure, Fitted([]), 99))
    assert not draw(curve([1.0, 2.0])).beyond


def test_one_far_value_does_not_flatten_the_others() -> None:
    values = [1.0 + 0.01 * (i % 7) for i in range(500)]
    values[250] = 1e6
    figure = draw(curve(values))
    assert figure.ranges[0] is not None and figure.ranges[0].high < 2
    assert "▲" in raster(figure)[0]


def test_a_constant_is_a_level_line_in_the_middle() -> None:
    lines = raster(draw(curve([3.0] * 100)))
    filled = [y for y, line in enumerate(lines) if line.strip()]
    assert len(filled) == 1 and len(lines) // 4 < filled[0] < 3 * len(lines) // 4
    assert any(line.startswith("    3.0 ┤") for line in text(draw(curve([3.0] * 100))))


@pytest.mark.parametrize("look", [Look(), Look(strength=OFF), Look(log=True)])
def test_a_run_of_one_step_is_seen(look: Look) -> None:
    assert dots(draw(curve([0.5]), look=look)) >= 2


def test_a_million_points_keep_their_extremes() -> None:
    values = np.full(1_000_000, 5.0)
    values[123_456], values[654_321] = 6.0, 4.0
    figure = draw(Curve("Loss", Series(np.arange(1.0, 1_000_001), values, values, values)))
    for step, half in ((123_457, raster(figure)[:5]), (654_322, raster(figure)[6:])):
        x = int(step / 1_000_000 * 60)
        assert any(line[x] != " " for line in half)


def test_two_raw_points_of_a_column_are_two_dots_and_no_bar() -> None:
    look = Look(strength=2)
    few = draw(curve([1.0, 5.0, 5.0, 9.0] * 30), look=look)
    assert 0 < dots(few, "curve-raw") <= 120
    many = draw(curve([1.0, 5.0, 5.0, 9.0] * 300), look=look)
    assert dots(many, "curve-raw") > 1500


def test_several_curves_have_letters_dashes_and_styles_of_their_own() -> None:
    curves = [curve([10.0 * at + 5] * 200, name=f"Metric {at}") for at in range(MOST_CURVES)]
    figure = draw(*curves, size=(89, 26))
    whole = "\n".join(raster(figure))
    drawn = []
    for letter in "ABCDEF":
        assert whole.count(letter) == 1
        line = next(line for line in raster(figure) if letter in line)
        drawn.append(line.partition(letter)[0])
    assert len(set(drawn)) == MOST_CURVES, "each line has its own pattern"
    assert len({sample(at, 4) for at in range(MOST_CURVES)}) == MOST_CURVES, "in the legend too"
    assert len({style_of(at) for at in range(MOST_CURVES)}) == MOST_CURVES
    legend = "\n".join(
        "".join(t for t, _ in row) for row in draw_legend(curves, figure, None, 89).rows
    )
    for at, letter in enumerate("ABCDEF"):
        assert f"{letter} {sample(at, 4)} Metric {at}" in legend


def test_dashes_hide_no_reading_no_steep_line_and_no_cursor() -> None:
    level = [curve([float(at)] * 100, name=str(at)) for at in range(MOST_CURVES)]
    for cursor in range(20, 60):
        rows = draw(*level, size=(89, 26), cursor=float(cursor)).rows
        marked = [c for row in rows for text, style in row if style == "selected" for c in text]
        assert sum("\u2800" < c <= "\u28ff" for c in marked) == MOST_CURVES
    for first in range(1, 60):
        single = curve([3.0], first=first)
        figure = draw(level[0], curve([5.0] * 80), level[1], single, size=(89, 26))
        assert dots(figure, style_of(3)) == 2
    steep = curve([float(at % 2) for at in range(20)], every=5)
    whole = draw(steep, size=(89, 26))
    behind = draw(
        curve([9.0] * 99),
        curve([9.0] * 99),
        steep,
        size=(89, 26),
        look=Look(strength=OFF, own_scales=True),
    )
    assert dots(behind, style_of(2)) > 0.9 * dots(whole, "curve")


def test_letters_of_curves_that_end_together_stand_side_by_side() -> None:
    figure = draw(*(curve([1.0] * 50, name=str(at)) for at in range(MOST_CURVES)))
    assert sorted(c for line in raster(figure) for c in line if c.isalpha()) == list("ABCDEF")


def test_curves_of_different_scale_get_a_scale_of_their_own() -> None:
    small = curve([0.01 * i for i in range(50)], name="small")
    large = curve([100.0 * i for i in range(50)], name="large")
    figure = draw(small, large)
    assert figure.own_scales
    assert text(figure)[0].startswith("   high")
    legend = str(draw_legend([small, large], figure, None, 69).rows)
    assert "0 to 0.5 " in legend and "0 to 5000" in legend
    assert "own scales: see ranges" in str(note_row(figure, Fitted([]), 69, ranges=True))
    assert not draw(small, large, look=Look(own_scales=False)).own_scales
    baseline, network = curve([28.3] * 50), curve([28.0 + 0.04 * i for i in range(50)])
    assert not draw(baseline, network).own_scales


def test_a_cursor_reads_every_curve() -> None:
    rising = curve([float(i) for i in range(100)], name="rising")
    sparse = curve([28.1, 28.9], first=25, every=50, name="Validation/PSNR network")
    figure = draw(rising, sparse)
    legend = str(draw_legend([rising, sparse], figure, 70.0, 69).rows)
    assert "69.00" in legend and "28.90 dB" in legend
    merged = Curve("m", Series(*(np.array([v]) for v in (8.0, 1.0, 5.0, 2.0))))
    assert "('  (1.00 to 5.00)', 'dim')" in str(draw_legend([merged], draw(merged), 8.0, 69).rows)


def test_the_range_of_a_growing_run_moves_in_steps() -> None:
    scales, shown = Scales(), []
    for step in range(50, 1000, 10):
        values = [0.05 * math.exp(-i / 300) + 0.01 for i in range(step)]
        scales.begin("loss")
        figure = draw_figure([curve(values)], (69, 13), (0, 1000), Look(strength=OFF), scales)
        shown.append(figure.ranges[0])
    changes = sum(a != b for a, b in pairwise(shown))
    assert changes <= 6


def legend(*curves: Curve, cursor: float | None, width: int = 69, strength: int = OFF) -> list[str]:
    look = Look(strength=strength, own_scales=False)
    figure = draw(*curves, size=(width, 13), look=look)
    rows = draw_legend(curves, figure, cursor, width).rows
    return ["".join(piece for piece, _ in row).rstrip() for row in rows]


def test_a_value_from_elsewhere_never_stands_without_its_step() -> None:
    rising = curve([float(i) for i in range(1, 1001)], name="rising")
    sparse = curve([28.1, 28.9], first=250, every=500, name="Validation/PSNR network")
    at_point, between = legend(rising, sparse, cursor=752), legend(rising, sparse, cursor=600)
    assert at_point[1].endswith("28.90 dB")
    assert between[1].endswith("28.90 dB  (step 750)") and "step" not in between[0]
    narrow = legend(rising, sparse, cursor=600, width=40)
    assert narrow[1].endswith("–") and "600.0" in narrow[0]


def test_the_step_of_the_title_is_that_of_a_point_near_the_cursor() -> None:
    sparse = curve([1.0, 2.0], first=250, every=500)
    figure = draw(sparse)
    assert read_step([sparse], figure, 752.0) == 750
    assert read_step([sparse], figure, 600.0) == 600
    assert read_step([curve([1.0] * 700), sparse], figure, 600.4) == 600
    assert read_step([], figure, 600.0) == 600


def test_the_legend_reads_the_line_that_is_drawn() -> None:
    noisy = curve([5.0 + (at % 2) for at in range(1000)], name="noisy")
    for cursor in (None, 500.0):
        drawn, raw = legend(noisy, cursor=cursor, strength=1)[0].split("  raw ")
        assert abs(float(drawn.split()[-1]) - 5.5) < 0.1 and float(raw) in (5.0, 6.0)
    assert "raw" not in legend(noisy, cursor=None)[0], "what is not smoothed is said once"
    assert "raw" not in legend(noisy, cursor=None, width=29, strength=1)[0]


def test_a_value_that_a_log_scale_cannot_show_is_not_read_as_drawn() -> None:
    falling = curve([5.0] * 50 + [-1.0])
    figure = draw(falling, look=Look(log=True))
    assert "–  raw -1.000" in "".join(
        t for t, _ in draw_legend([falling], figure, None, 69).rows[0]
    )


def test_ranges_stand_in_columns_and_are_named_only_where_they_are_shown() -> None:
    small = curve([0.01 + 0.0001 * i for i in range(50)], name="small")
    large = curve([100.0 * i for i in range(50)], name="larger one")
    figure = draw(small, large, size=(80, 13))
    wide, narrow = (draw_legend([small, large], figure, None, width) for width in (80, 26))
    lines = ["".join(piece for piece, _ in row) for row in wide.rows]
    assert len({line.index(" to ") for line in lines}) == 1
    assert wide.ranges and not narrow.ranges
    note = str(note_row(figure, Fitted([]), 40, ranges=narrow.ranges))
    assert "own scales" in note and "see ranges" not in note


@pytest.mark.parametrize("height", range(3, 40))
def test_every_value_axis_has_two_labels_at_least(height: int) -> None:
    for low, high in ((0.021, 0.09), (0.0, 0.011), (99.0, 101.0)):
        values = curve([low + (high - low) * i / 99 for i in range(100)])
        for log in (False, True):
            labelled = [
                line
                for line in text(draw(values, size=(69, height), look=Look(log=log)))
                if "┤" in line
            ]
            assert len({line.split("┤")[0] for line in labelled}) >= 2, (height, low, high, log)


def test_a_plot_of_one_row_is_none() -> None:
    assert not draw(curve([1.0, 2.0]), size=(69, 2)).rows
    assert draw(curve([1.0, 2.0]), size=(69, 3)).rows


def test_marks_that_cannot_be_seen_are_named() -> None:
    figure = draw(curve([1.0, 2.0]))
    marks = Fitted(
        [Mark(5, "edit"), Mark(5, "checkpoint")], ("validation",), (("checkpoint", ("edit",)),)
    )
    note = "".join(piece for piece, _ in note_row(figure, marks, 80))
    assert note == "✎ edit   ◇ validations not shown   ▪ checkpoints behind ✎"


@pytest.mark.parametrize(("width", "lines"), [(78, 4), (118, 4), (158, 2), (248, 2)])
def test_names_and_words_are_whole_in_as_many_columns_as_hold_them(width: int, lines: int) -> None:
    curves = [
        curve([1.234e-5 + 1e-7 * i for i in range(50)], name="one"),
        curve([1.5e-4 + 1e-6 * i for i in range(50)], name="two"),
        curve([54.0 + i / 10 for i in range(50)], name="three"),
        curve([1.0, 2.0], name="Machine/GPU temperature"),
    ]
    figure = draw(*curves, size=(width, 13), look=Look(strength=2))
    for cursor in (None, 30.0):
        drawn = draw_legend(curves, figure, cursor, width)
        words = "\n".join("".join(text for text, _ in row) for row in drawn.rows)
        assert len(drawn.rows) == lines == legend_height([c.name for c in curves], width)
        assert drawn.ranges and "raw 1." in words and "…" not in words and "e-0" not in words
        assert "Machine/GPU temperature  " in words and "1.0 to 1.6 °C" in words
        assert ("(step 2)" in words) == (cursor is not None)
        assert all(row_width(row) <= width for row in drawn.rows)
