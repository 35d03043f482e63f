from __future__ import annotations

from pathlib import Path

import pytest

from vsrppp_tui.commands.prepare import prepare
from vsrppp_tui.data.demo import demo_clip
from vsrppp_tui.errors import UserError


def test_it_reports_in_plain_lines_and_sums_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare([demo_clip()], tmp_path / "set", formats="96x96", limit=3)
    text = capsys.readouterr().out
    assert "cutting patches: window 3 of 3" in text
    assert "\x1b" not in text
    train = len(list((tmp_path / "set/Patches/GT").iterdir()))
    assert f"{train} training and" in text


def test_ctrl_c_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vsrppp_tui.data.prepare.prepare_dataset", interrupted)
    with pytest.raises(SystemExit) as caught:
        prepare([demo_clip()], tmp_path / "set")
    assert caught.value.code == 130
    assert "The same command continues" in capsys.readouterr().out


def test_a_format_that_does_not_fit_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="fullhd_1920"):
        prepare([demo_clip()], tmp_path / "set", formats="fullhd_1920")
    assert not (tmp_path / "set").exists()
