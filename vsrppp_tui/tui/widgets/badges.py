"""When a change of a key takes effect, as a mark with a word: never the colour alone."""

from __future__ import annotations

from vsrppp_tui.tui.widgets.rows import Piece

# By the value of `config.key.Effect`: mark and word, style, what becomes of a change.
_EFFECTS = {
    "live": ("● live", "good", "A change applies at the next step."),
    "next epoch": ("◐ next epoch", "high", "A change waits for the next epoch."),
    "restart": ("○ restart", "warning", "A change waits until the run is started again."),
    "new run": ("■ locked", "dim", "Locked: it can only be chosen for a new run."),
}
# What an edit waits for, with its article, and from when on its value holds.
_WAITS = {
    "next epoch": ("the next epoch", "the next epoch"),
    "restart": ("a restart", "the next start"),
}
_WHEN = {
    "live": "live: at the next step",
    "next epoch": "waits for the next epoch",
    "restart": "waits for a restart",
}
CHANGED = "≠"  # stands before a value that is not the default
WAITS = "◷"  # stands before what was edited and is not in force yet
STAGED = "▲"  # stands before a change that is not applied yet


def badge(effect: str, waits: str | None) -> Piece:
    """The badge of a key; `waits` is what an edit of it waits for."""
    if waits:
        return f"{WAITS} waits for {_WAITS.get(waits, (waits,))[0]}", "warning"
    word, style, _ = _EFFECTS[effect]
    return word, style


def short_badge(effect: str, waits: str | None, room: int) -> Piece:
    """As `badge`, in `room` cells: where these are few, that an edit waits but not what for."""
    if not waits:
        return badge(effect, None)
    words = (badge(effect, waits)[0], f"{WAITS} waits for {waits}", f"{WAITS} waits")
    return next((word for word in words if len(word) <= room), words[-1]), "warning"


def effect_sentence(effect: str) -> str:
    """The badge of a key that no edit waits for, in a sentence."""
    return _EFFECTS[effect][2]


def holds_from(waits: str) -> str:
    """From when on the value of an edit holds that waits: ``the next epoch``."""
    return _WAITS.get(waits, ("", waits))[1]


def when(effect: str) -> str:
    """When a change that is applied now comes into force."""
    return _WHEN.get(effect, "")
