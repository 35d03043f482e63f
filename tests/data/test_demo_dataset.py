from __future__ import annotations

from pathlib import Path

from vsrppp_tui.data.dataset import open_dataset
from vsrppp_tui.data.demo import demo_clip, prepare_demo
from vsrppp_tui.data.spec import DatasetSpec


def test_the_clip_becomes_a_small_dataset_once(tmp_path: Path) -> None:
    calls: list[int] = []
    prepare_demo(tmp_path / "set", lambda done, total: calls.append(done))
    data = open_dataset(DatasetSpec(tmp_path / "set"))
    assert 100 < data.count < 300
    assert 6 <= data.val.count <= 12
    again: list[int] = []
    prepare_demo(tmp_path / "set", lambda done, total: again.append(done))
    assert len(again) == 1 and again[0] == calls[-1]


def test_the_clip_ships_with_its_licence() -> None:
    notice = (demo_clip().parent / "NOTICE.md").read_text()
    assert demo_clip().name in notice
    assert "Copyright (c) 2016-2018 Udacity, Inc." in notice
    assert demo_clip().stat().st_size < 1_200_000
