"""What a new run would cost, in words that say what is counted and what is guessed."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.counting import count
from vsrppp_tui.tui.start.new_run import Completion, Costs, Judgement, Speed
from vsrppp_tui.tui.text import duration, shorten
from vsrppp_tui.tui.widgets.rows import Row

_LABEL = 10
_LIBRARIES = "0.5 GB"  # of a process with PyTorch, or of a CUDA context


def cost_rows(
    told: Judgement, speed: Speed | None, measuring: bool, key: str, width: int
) -> list[Row]:
    """Three rows: network, memory, time; none while the costs are not known.

    Args:
        told: with the costs.
        speed: what was measured with this network; None: nothing.
        measuring: whether that is under way.
        key: what begins it, as shown.
        width: cells of a row.
    """
    costs, room = told.costs, width - _LABEL
    if costs is None:
        return []
    unknown = f"unknown until measured: {key} takes a few real steps"
    if told.first:
        unknown = f"unknown; to measure, {told.first}"
    rows = (
        ("Network", f"{count(costs.parameters)} parameters, to be trained on {costs.device}"),
        ("Memory", _memory(costs, speed, room)),
        ("Time", "taking a few steps …" if measuring else _time(costs, speed, unknown, room)),
    )
    return [((f"{label:<{_LABEL}}", "text"), (shorten(text, room), "dim")) for label, text in rows]


def _memory(costs: Costs, speed: Speed | None, width: int) -> str:
    if costs.memory is None:
        return "depends on the size of the samples"
    has = f" of {_size(costs.available)}" if costs.available else ""
    if speed is not None and speed.memory is not None:
        comma = "," if has else ""
        return f"{_size(speed.memory)} measured with libraries{comma}{has}"
    text = f"about {_size(costs.memory)}{has}, and {_LIBRARIES} for libraries"
    return _first_that_fits(width, f"{text}; {costs.memory_parts}", text)


def _time(costs: Costs, speed: Speed | None, unknown: str, width: int) -> str:
    if costs.work is None:
        return "depends on the size of the samples"
    if speed is None:
        return unknown
    seconds = costs.work / speed.per_second
    each = f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
    text = f"about {each} a step, {duration(seconds * costs.steps)} in all"
    return _first_that_fits(
        width, f"{text} (measured with {speed.of})", f"{text} ({speed.of})", text
    )


def _first_that_fits(width: int, *texts: str) -> str:
    return next((text for text in texts if len(text) <= width), texts[-1])


def entry_rows(
    found: Completion, chosen: int | None, keys: tuple[str, str], width: int, height: int
) -> list[Row]:
    """Where they are, and the names in columns, the chosen one in sight.

    `keys`: that to the next one, and that into a chosen folder.
    """
    entries, height = found.entries, height - 1
    if not entries or height <= 0 or width <= 0:
        return []
    folder, slash, _ = found.text.rpartition("/")
    next_one, into = keys
    told = f"{next_one}: the next one"
    if chosen is not None and entries[chosen].endswith("/"):
        told += f"   {into}: into it"
    where = f"In {folder}{slash}" if slash else "In this folder"
    heading = ((f"{shorten(where, width - len(told) - 3)}   ", "text"), (told, "dim"))
    return [heading, *_names(entries, chosen, width, height)]


def _names(entries: Sequence[str], chosen: int | None, width: int, height: int) -> list[Row]:
    cell = min(width, max(len(each) for each in entries) + 3)
    columns = max(1, width // cell)
    room = columns * height
    start = 0 if chosen is None else chosen // room * room
    rows: list[Row] = []
    for y in range(height):
        row: Row = ()
        for place in range(start + y * columns, min(len(entries), start + (y + 1) * columns)):
            text = shorten(entries[place], cell - 3)
            mark, style = ("▸ ", "selected") if place == chosen else ("  ", "text")
            row += ((f"{mark}{text:<{cell - 2}}"[:cell], style),)
        rows.append(row)
    more = len(entries) - start - room
    if more > 0:
        rows[-1] = ((f"  … and {more + columns} more: type on", "dim"),)
    return rows


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
