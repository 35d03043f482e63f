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
_WAITS = {
    "next epoch": "Edited, and waits for the next epoch; until then the value before holds.",
    "restart": "Edited, and waits until the run is started again; until then the value before holds.",
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
        return f"{WAITS} waits for {waits}", "warning"
    word, style, _ = _EFFECTS[effect]
    return word, style


def short_badge(effect: str, waits: str | None) -> Piece:
    """As `badge`, in 12 cells: that an edit waits, not what for."""
    return (f"{WAITS} waits", "warning") if waits else badge(effect, None)


def effect_sentence(effect: str, waits: str | None) -> str:
    """The badge in a sentence."""
    return _WAITS.get(waits, f"Waits for {waits}.") if waits else _EFFECTS[effect][2]


def when(effect: str) -> str:
    """When a change that is applied now comes into force."""
    return _WHEN.get(effect, "")
