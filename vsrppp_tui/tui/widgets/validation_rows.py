"""The table of the last validation: baseline, network and the difference, a metric a row."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.counting import count, counted
from vsrppp_tui.link.interface import Snapshot, ValidationResult
from vsrppp_tui.tui.text import decimal, duration, number
from vsrppp_tui.tui.widgets.header import bar_row
from vsrppp_tui.tui.widgets.rows import Row, centred, row_width

ROOMY = 46  # cells; below, columns are narrow
_TALL = 9  # rows; from here on there is room for bars
_LEAST_BAR = 25  # cells: half of one is 2%, what networks differ by
# Label, field of `Quality`, decimal places, unit; the most telling first.
_METRICS = (
    ("PSNR", "psnr", 2, " dB"),
    ("SSIM", "ssim", 4, ""),
    ("PSNR Y", "psnr_y", 2, " dB"),
    ("SSIM Y", "ssim_y", 4, ""),
)


def result_rows(
    snapshot: Snapshot,
    result: ValidationResult,
    earlier: Sequence[ValidationResult],
    width: int,
    height: int,
) -> list[Row]:
    """The comparison in `height` rows; in fewer of them the heading and the last metrics give way.

    More of them hold those of the `earlier` results that fit, the newest first.
    """
    facts = _fact_rows(snapshot, result, width)
    quality = _quality_rows(result, width) if height >= _TALL else [_quality_row(result, width)]
    room = height - len(quality) - 1
    heading = [_heading(result.baseline_name, width)] if has_heading(height) else []
    metrics = [_metric_row(result, metric, width) for metric in _METRICS[: max(0, room)]]
    rows = [*heading, *metrics, *quality, *facts]
    rows += _earlier_rows(earlier, width, height - len(rows))
    return rows[: max(1, height)]


def has_heading(height: int) -> bool:
    """Whether the columns are named in a row of their own."""
    return height - (2 if height >= _TALL else 1) - 1 > len(_METRICS)


def _line(label: str, before: str, after: str, gain: Row, width: int) -> Row:
    """One row of the table."""
    first, second, third = (10, 10, 11) if width >= ROOMY else (8, 8, 9)
    return (
        (f"{label:<{first}}", "dim"),
        (f"{before:>{second}}", "text"),
        (f"{after:>{third}}", "strong"),
        *gain,
    )


def _heading(name: str, width: int) -> Row:
    row = _line("", name, "network", (("    gain", "dim"),), width)
    return tuple((text, "dim") for text, _ in row)


def _metric_row(result: ValidationResult, metric: tuple[str, str, int, str], width: int) -> Row:
    label, name, places, unit = metric
    before, after = getattr(result.baseline, name), getattr(result.network, name)
    # Of the numbers as they are shown: 0.9476 and 0.9475 are not equal.
    difference = round(after, places) - round(before, places)
    texts = (decimal(before, places), decimal(after, places))
    return _gain_line(label, texts, difference, places, (unit,), width)


def _gain_line(
    label: str, texts: tuple[str, str], gain: float, places: int, units: Sequence[str], width: int
) -> Row:
    """A row of the table, with the first of the units of the gain that has room."""
    rows = [_line(label, *texts, gain_row(gain, places, unit), width) for unit in (*units, "")]
    return next((row for row in rows if row_width(row) <= width), rows[-1])


def gain_row(gain: float, places: int, unit: str) -> Row:
    """A difference, marked as better, worse or none."""
    text = decimal(round(gain, places) + 0.0, places, unit, signed=True)
    if round(gain, places) == 0:
        return ((f"  ═ {text}", "dim"),)
    better = gain > 0
    return ((f"  {'✓' if better else '✗'} {text}", "good" if better else "warning"),)


def _quality_row(result: ValidationResult, width: int) -> Row:
    before, after = result.baseline.quality, result.network.quality
    texts = (decimal(before, 1, "%"), decimal(after, 1, "%"))
    return _gain_line("Quality", texts, result.improvement, 1, (" points", " pts"), width)


def _quality_rows(result: ValidationResult, width: int) -> list[Row]:
    """Quality as two bars, one above the other; as numbers alone where the bars were too short to differ."""
    before, after = result.baseline.quality, result.network.quality
    room = min(40, width - 33)
    if room < _LEAST_BAR:
        return [_quality_row(result, width)]
    return [
        (
            (f"{'Quality':<10}", "dim"),
            *bar_row(before / 100, room, "dim"),
            (f" {before:5.1f}%", "text"),
            (f"  {result.baseline_name}", "dim"),
        ),
        (
            (" " * 10, "dim"),
            *bar_row(after / 100, room, "curve"),
            (f" {after:5.1f}%", "strong"),
            *gain_row(result.improvement, 1, " points"),
        ),
    ]


def _fact_rows(snapshot: Snapshot, result: ValidationResult, width: int) -> list[Row]:
    """Where the result and the best one come from."""
    second: Row = (("Loss ", "dim"), (number(result.loss), "text"))
    images = counted(result.images, "image")
    for text in (f"{images} in {duration(result.seconds)}", result.lr_source):
        part: Row = ((f" · {text}", "dim"),)
        second = (*second, *part) if row_width(second) + row_width(part) <= width else second
    return [_last_row(snapshot, result, width), second]


def _last_row(snapshot: Snapshot, result: ValidationResult, width: int) -> Row:
    best, step = snapshot.best, count(result.step)
    if best is None:
        return (("Last ", "dim"), (f"step {step}", "text"))
    quality = f"best {decimal(best.quality, 1, '%')}"
    ways: tuple[Row, ...] = (
        (("Last ", "dim"), (f"step {step} · {quality} at {count(best.step)}", "text")),
        (("Step ", "dim"), (f"{step} · {quality} at {count(best.step)}", "text")),
        (("Step ", "dim"), (f"{step} · {quality}", "text")),
    )
    return next((way for way in ways if row_width(way) <= width), ways[-1])


def _earlier_rows(earlier: Sequence[ValidationResult], width: int, height: int) -> list[Row]:
    """A row for each of the results that fit under a heading, the newest first."""
    if height < 3 or not earlier:
        return []
    first, *others = (10, 10, 11, 11) if width >= ROOMY else (8, 8, 9, 9)
    heading = f"{'Before':<{first}}"
    for name, cells in zip(("PSNR", "SSIM", "quality"), others, strict=True):
        heading += f"{name:>{cells}}"
    rows: list[Row] = [(), ((heading, "dim"),)] if height > 3 else [((heading, "dim"),)]
    for result in earlier[: -1 - (height - len(rows)) : -1]:
        network = result.network
        texts = (
            decimal(network.psnr, 2),
            decimal(network.ssim, 4),
            decimal(network.quality, 1, "%"),
        )
        numbers = "".join(f"{text:>{cells}}" for text, cells in zip(texts, others, strict=True))
        rows.append(((f"{count(result.step):<{first}}", "dim"), (numbers, "text")))
    return rows


def waiting_rows(snapshot: Snapshot, width: int) -> list[Row]:
    """Before the first result."""
    if snapshot.state != "validating":
        return [
            (),
            centred((("no validation yet", "dim"),), width),
            *(centred(((text, "dim"),), width) for text in _first_due(snapshot)),
            centred((("V", "key"), (" validates now", "dim")), width),
        ]
    task = snapshot.task
    share = task.done / task.total if task is not None and task.total else 0.0
    bar = bar_row(share, min(30, width))
    return [(), centred(_task_row(snapshot), width), centred(bar, width)]


def _first_due(snapshot: Snapshot) -> list[str]:
    """When the first validation comes, where the configuration says so."""
    every = snapshot.config.get("VAL_STEP_EVERY")
    if not isinstance(every, int) or every < 1:
        return []
    due = (snapshot.step // every + 1) * every
    due = min(due, snapshot.total_steps) if snapshot.total_steps else due
    return [f"the first comes at step {count(due)}"]


def _task_row(snapshot: Snapshot) -> Row:
    """The progress of the validation under way."""
    task = snapshot.task
    if task is None:
        return (("◆ validating", "accent"),)
    progress = f" {task.done}/{counted(task.total, 'image')}" if task.total else ""
    return ((f"◆ {task.label}{progress}", "accent"),)
