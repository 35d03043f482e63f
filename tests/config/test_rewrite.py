"""Setting keys of a configuration file in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.test_vsrpp_configuration import JSON_FILE, YAML_FILE
from vsrppp_tui.config.read import read_values
from vsrppp_tui.config.rewrite import rewrite

CHANGES = {
    "MODEL_CONFIG.n_feats": 64,
    "MODEL_CONFIG.n_blocks": 20,
    "MODEL_CONFIG.batch_size": 2,
    "MODEL_CONFIG.accumulation_steps": 2,
    "AUTO_TUNED": False,
}


def test_comments_stay_where_every_key_has_a_line(tmp_path: Path) -> None:
    path = tmp_path / "train_config.json"
    path.write_text(JSON_FILE)
    assert rewrite(path, CHANGES) is None
    text = path.read_text()
    assert '"n_feats": 64,' in text and '"AUTO_TUNED": false,          // Whether' in text
    assert read_values(path) | CHANGES == read_values(path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("a.json", '{"WARMUP_STEPS": 3} // short', CHANGES),
        ("a.json", '{"MODEL_CONFIG": {"n_feats": 8, "n_blocks": 4}}', CHANGES),
        ("a.yaml", YAML_FILE, {"MODEL.base_channels": 64, "TRAINING.batch_size": 2}),
    ],
)
def test_else_the_file_as_it_was_is_kept(
    tmp_path: Path, name: str, text: str, changes: dict[str, object]
) -> None:
    path = tmp_path / name
    path.write_text(text)
    before = read_values(path)
    kept = rewrite(path, changes)
    assert kept is not None and kept.read_text() == text
    assert read_values(path) == before | changes
    assert rewrite(path, {next(iter(changes)): 32}) is None or name == "a.json"


def test_a_key_of_the_same_name_elsewhere_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("DATA:\n  formats: [30x30]\n  num_blocks_note: 1\nMODEL:\n  num_blocks: 8\n")
    rewrite(path, {"MODEL.num_blocks": 4})
    assert read_values(path)["MODEL.num_blocks"] == 4
    assert read_values(path)["DATA.num_blocks_note"] == 1
