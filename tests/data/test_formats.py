from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.data.formats import (
    NAMED_FORMATS,
    format_of_size,
    largest_square,
    parse_format,
    parse_formats,
)
from vsrppp_tui.errors import UserError


@pytest.mark.parametrize(
    ("name", "size", "folder", "stack_of_5"),
    [
        ("small_540", "540x540", "Patches", 900),
        ("medium_169", "720x405", "Patches_Medium169", 675),
        ("large_720", "720x720", "Patches_Large", 1200),
        ("xlarge_1440", "1440x810", "Patches_XLarge169", 1350),
        ("fullhd_1920", "1920x1080", "Patches_FullHD", 1800),
    ],
)
def test_named_formats_keep_the_documented_sizes_and_folders(
    name: str, size: str, folder: str, stack_of_5: int
) -> None:
    found = parse_format(name)
    assert (found.size, found.folder, found.stack_height(5)) == (size, folder, stack_of_5)
    assert parse_format(size) is found  # one size has one folder


@given(st.integers(1, 700), st.integers(1, 700))
def test_any_size_in_multiples_of_three_is_a_format_of_its_own(width: int, height: int) -> None:
    found = format_of_size(width * 3, height * 3)
    assert (found.lr_width, found.lr_height) == (width, height)
    if found.name not in NAMED_FORMATS:
        assert found.folder == f"Patches_{width * 3}x{height * 3}"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("541x540", "width of 541"),
        ("540x542", "height of 542"),
        ("0x540", "width of 0"),
        ("small", "'small' is not known"),
        ("540", "'540' is not known"),
        ("-3x3", "'-3x3' is not known"),
        ("", "is not known"),
    ],
)
def test_anything_else_is_refused_and_says_what_is_wrong(text: str, named: str) -> None:
    with pytest.raises(UserError, match=named):
        parse_format(text)


def test_a_list_names_each_format_once() -> None:
    names = [each.name for each in parse_formats("small_540, 96x48,540x540")]
    assert names == ["small_540", "96x48"]
    with pytest.raises(UserError, match="No format"):
        parse_formats(" , ")


@given(st.integers(3, 4000), st.integers(3, 4000))
def test_the_largest_square_fits_and_no_larger_one_would(width: int, height: int) -> None:
    found = largest_square(width, height)
    assert found.fits(width, height)
    assert found.gt_width <= 540
    assert found.gt_width == 540 or found.gt_width + 3 > min(width, height)
