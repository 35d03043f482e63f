"""How many of a thing, in words; the same on every screen and in what commands print."""

from __future__ import annotations


def count(value: int) -> str:
    """A whole number with separated thousands: ``100,000``."""
    return f"{value:,}"


def counted(value: int, noun: str, ending: str = "s") -> str:
    """How many of a thing: ``1 image``, ``12 images``, ``1,200 patches``."""
    return f"{count(value)} {noun}{ending if value != 1 else ''}"
