"""Numbers, times and bars as the dashboard words them; every function takes what is unknown."""

from __future__ import annotations

import math
import time

UNKNOWN = "–"
_PATH_END = 24  # cells of a path in a sentence that is too long for its row


def number(value: float | None, digits: int = 4) -> str:
    """A value to `digits` significant digits: ``0.01234``, ``9.87e-05``, ``NaN``."""
    if value is None:
        return UNKNOWN
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if not 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:.0f}"
    return f"{value:#.{digits}g}".rstrip(".")


def decimal(value: float | None, places: int, unit: str = "", signed: bool = False) -> str:
    """A value to a fixed number of places, with a true minus sign where `signed`."""
    if value is None:
        return UNKNOWN
    if not math.isfinite(value):
        return number(value)
    shown = round(value, places) + 0.0  # no minus before a zero, and where signed no plus either
    text = f"{shown:{'+' if signed and shown else ''}.{places}f}{unit}"
    return text.replace("-", "−") if signed else text


def duration(seconds: float | None) -> str:
    """A time span to the two largest units, coarse enough to stand still: ``7 h 32 min``."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60 // 10 * 10:02d} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"


def speed(steps_per_s: float | None) -> str:
    """Training speed, as time a step where a step takes more than a second."""
    if steps_per_s is None or not math.isfinite(steps_per_s) or steps_per_s <= 0:
        return f"{UNKNOWN} steps/s"
    if steps_per_s < 1:
        return f"{1 / steps_per_s:.1f} s/step"
    return f"{steps_per_s:.1f} steps/s" if steps_per_s < 100 else f"{steps_per_s:.0f} steps/s"


def times(factor: float) -> str:
    """How many times as fast: ``×64``, ``×0.5``."""
    return f"×{round(factor):,}" if factor >= 1000 else f"×{factor:.3g}"


def clock_time(moment: float) -> str:
    """The local time of day of a Unix time: ``14:05:03``."""
    return time.strftime("%H:%M:%S", time.localtime(moment))


def gigabytes(size: float | None) -> str:
    """Bytes as GB (10**9) to what the eye can use: ``3.1``, ``141``."""
    if size is None:
        return UNKNOWN
    value = size / 1e9
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def bar(fraction: float, width: int) -> tuple[str, int]:
    """The filled part of a bar in half-cell steps, and how many cells remain of `width`."""
    if width <= 0 or not math.isfinite(fraction):
        return "", max(0, width)
    halves = round(min(1.0, max(0.0, fraction)) * width * 2)
    filled = "━" * (halves // 2) + "╸" * (halves % 2)
    return filled, width - len(filled)


def shorten(text: str, width: int) -> str:
    """`text` cut to `width` cells, with an ellipsis where something is left out."""
    if len(text) <= width:
        return text
    return text[: width - 1] + "…" if width > 0 else ""


def shorten_left(text: str, width: int) -> str:
    """As `shorten`, but what is left out stood at the beginning."""
    if len(text) <= width:
        return text
    return "…" + text[len(text) - width + 1 :] if width > 0 else ""


def shorten_told(text: str, width: int) -> str:
    """As `shorten`; of a path its end is enough then, since what is told of it comes after."""
    if len(text) > width:
        words = (shorten_left(word, _PATH_END) if "/" in word else word for word in text.split(" "))
        text = " ".join(words)
    return shorten(text, width)


def shorten_name(name: str, width: int) -> str:
    """The end of a name with dots, cut at one of them: no word is cut where the last one fits."""
    if len(name) <= width:
        return name
    dots = (at for at, character in enumerate(name) if character == ".")
    ends = (f"…{name[at:]}" for at in dots if len(name) - at < width)
    return next(ends, shorten_left(name, width))


def date_time(moment: float) -> str:
    """The local day and time of a Unix time: ``11-21 14:05:03``."""
    return time.strftime("%m-%d %H:%M:%S", time.localtime(moment))
