"""docs/configuration.md says what the schema says."""

from __future__ import annotations

from pathlib import Path

from vsrppp_tui.config.document import configuration_page

ROOT = Path(__file__).parents[2]


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == configuration_page(), (
        "run: python -m vsrppp_tui.config.document > docs/configuration.md"
    )
