"""Which keys the setup lists: those of the recipe, each entry of a map, and what a search leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pydantic comes in with the configuration: not before the first frame
    from vsrppp_tui.config.key import KeyInfo


def with_entries(keys: Mapping[str, KeyInfo], config: Mapping[str, Any]) -> dict[str, KeyInfo]:
    """`keys` in their order, each map of `config` followed by its entries (``KEY.small_540``)."""
    rows: dict[str, KeyInfo] = {}
    for name, info in keys.items():
        rows[name] = info
        value = config.get(name)
        if info.is_map and isinstance(value, Mapping):
            entries = [info.entry(entry) for entry in value]
            rows |= {entry.name: entry for entry in entries}
    return rows


def value_in(config: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """The value of a key, or of an entry of a map."""
    if name in config:
        return config[name]
    outer, _, entry = name.rpartition(".")
    whole = config.get(outer)
    return whole.get(entry, default) if isinstance(whole, Mapping) else default


def matching(keys: Iterable[KeyInfo], search: str) -> tuple[str, ...]:
    """Names of the keys that have every word of `search` in name, meaning or heading.

    First those with all words in their name, then with the meaning's help, then with the heading's;
    each in their order.
    """
    words = search.casefold().split()
    found: tuple[list[str], ...] = ([], [], [])
    for info in keys:
        own = f"{info.name} {info.meaning}"
        texts = (info.name, own, f"{own} {info.group}")
        rank = next((n for n, text in enumerate(texts) if _has_all(text, words)), None)
        if rank is not None:
            found[rank].append(info.name)
    return tuple(name for names in found for name in names)


def named(keys: Iterable[KeyInfo], search: str) -> tuple[str, ...]:
    """Those of `matching` that have every word in their name: what was most likely meant."""
    words = search.casefold().split()
    return tuple(info.name for info in keys if _has_all(info.name, words))


def _has_all(text: str, words: Iterable[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)
