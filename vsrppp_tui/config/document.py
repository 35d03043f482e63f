"""The page docs/configuration.md, written from the schema: ``python -m vsrppp_tui.config.document``."""

from __future__ import annotations

import json
from itertools import groupby

from vsrppp_tui.config.key import KeyInfo
from vsrppp_tui.config.recipes import CONFIG_CLASSES

_HEAD = """# Configuration

Every key of a configuration, by recipe and kind of file. JSON may have `//` comments; a dot stands for a section:
`MODEL.base_channels` is `base_channels` inside `MODEL`. Any key can be set on the command line with `--set KEY=VALUE`
and, unless it is locked, in the live setup (Enter in the dashboard).

*Takes effect*: **live** at the next step, **next epoch** when the present pass over the data ends,
**restart** when the run is resumed, **new run** never in an existing run. A relative path is looked up
from the folder in which the command is typed.
"""


def configuration_page() -> str:
    """The whole page as Markdown."""
    parts = [_HEAD]
    for title, config_class in CONFIG_CLASSES.items():
        parts.append(f"\n## {title[0].upper() + title[1:]}\n")
        for group, members in groupby(config_class.keys().values(), key=lambda info: info.group):
            parts.append(
                f"\n### {group}\n\n| key | default | allowed | takes effect | meaning |\n|---|---|---|---|---|\n"
            )
            parts += [_row(info) for info in members]
    return "".join(parts)


def _row(info: KeyInfo) -> str:
    meaning = info.meaning + (f" Advice: {info.advice}." if info.advice else "")
    return f"| `{info.name}` | `{json.dumps(info.default)}` | {info.takes} | {info.effect} | {meaning} |\n"


if __name__ == "__main__":
    print(configuration_page(), end="")
