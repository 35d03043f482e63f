"""All that is known of one key, wrapped so that nothing of it is cut off."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from vsrppp_tui.tui.live_edits import LiveEdits, shown_value
from vsrppp_tui.tui.text import UNKNOWN
from vsrppp_tui.tui.widgets.badges import CHANGED, STAGED, badge, effect_sentence, holds_from
from vsrppp_tui.tui.widgets.rows import Row, row_width

if TYPE_CHECKING:  # pydantic comes in with the configuration: not before the first frame
    from vsrppp_tui.config.key import KeyInfo

_NARROWEST = 20


def detail_rows(edits: LiveEdits, name: str, width: int) -> list[Row]:
    """Name and badge; the meaning; value, default, range, unit, advice, and when a change comes."""
    width = max(_NARROWEST, width)
    info = edits.info(name)
    rows = _head(edits, name, width)
    rows += [((line, "text"),) for line in _wrapped(info.meaning, width)]
    return rows + [((line, "dim"),) for line in _wrapped(_facts(edits, name), width)]


def most_detail_rows(edits: LiveEdits, width: int) -> int:
    """Rows of the key that needs most: so high the detail always is, and nothing jumps."""
    return max(len(detail_rows(edits, name, width)) for name in edits.keys)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _head(edits: LiveEdits, name: str, width: int) -> list[Row]:
    """The name with its badge and marks, in two rows where one is too short."""
    marks: Row = (badge(edits.info(name).effect, edits.waits_for(name)),)
    if name in edits.staged:
        marks += ((f"  {STAGED} staged", "warning"),)
    elif edits.changed(name):
        marks += ((f"  {CHANGED} not the default", "high"),)
    whole: Row = ((f"{name}  ", "strong"), *marks)
    return [whole] if row_width(whole) <= width else [((name, "strong"),), marks]


def _facts(edits: LiveEdits, name: str) -> str:
    info = edits.info(name)
    unit = f", in {info.unit}" if info.unit else ""
    # Where nothing can be changed, nothing is said of how a value is typed, and when it would come.
    closed, waits = bool(edits.closed()), edits.waits_for(name)
    written = f"; {info.written}" if info.written and not closed else ""
    advice = f" Advice: {info.advice}." if info.advice else ""
    change = edits.staged.get(name)
    now = f"{edits.value(name) or UNKNOWN}{_means(info, edits.value_now(name))}"
    staged = f", staged {shown_value(change.value)}{_means(info, change.value)}" if change else ""
    effect = "" if waits or closed else f" {effect_sentence(info.effect)}"
    return (
        f"{_holds(f'{now}{staged}', waits)} {shown_value(info.default)}. "
        f"Takes {info.allowed}{unit}{written}.{advice}{effect}"
    )


def _holds(value: str, waits: str | None) -> str:
    """What the value is, up to its default.

    Where it is not in force yet the one before is not known, only that it holds.
    """
    if waits is None:
        return f"Now {value}; default"
    return f"From {holds_from(waits)} on {value}; until then the value before holds. Default"


def _means(info: KeyInfo, value: Any) -> str:
    """What a value stands for, in brackets after it."""
    meaning = info.stands_for(value)
    return f" ({meaning})" if meaning else ""
