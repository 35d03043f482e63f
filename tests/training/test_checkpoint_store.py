"""The checkpoints of a run: what a kill left behind, and files that are not checkpoints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from vsrppp_tui.errors import UserError
from vsrppp_tui.training.checkpoint import load_file, load_newest, read_init_weights
from vsrppp_tui.training.checkpoint_store import CheckpointStore


class Malicious:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("executed",))


def test_leftovers_of_a_kill_are_removed_when_the_run_opens(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    command = [sys.executable, "-c", "import os; print(os.getpid())"]
    dead = int(subprocess.run(command, capture_output=True, check=True).stdout)
    stale = folder / f".latest.pth.tmp-{dead}-1"
    stale.write_bytes(b"half")
    CheckpointStore(tmp_path, "vsrppp")
    assert not stale.exists()


def test_a_run_without_checkpoints_has_none(tmp_path: Path) -> None:
    assert load_newest(tmp_path) is None


def test_when_every_checkpoint_is_damaged_each_is_named(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    for name in ("latest.pth", "checkpoint_step_5.pth"):
        (tmp_path / "checkpoints" / name).write_bytes(b"not a checkpoint")
    with pytest.raises(UserError, match=r"checkpoint_step_5\.pth") as refusal:
        load_newest(tmp_path)
    assert "latest.pth" in str(refusal.value)
    assert "--fresh" in str(refusal.value)


@pytest.mark.parametrize("read", [load_file, read_init_weights])
def test_nothing_in_a_file_is_executed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], read: object
) -> None:
    path = tmp_path / "evil.pth"
    torch.save({"model_state_dict": Malicious()}, path)
    assert callable(read)
    with pytest.raises(UserError, match=r"evil\.pth"):
        read(path)
    assert "executed" not in capsys.readouterr().out


def test_init_weights_come_from_a_bare_state_dict_with_prefixes(tmp_path: Path) -> None:
    path = tmp_path / "bare.pth"
    torch.save({"_orig_mod.fusion.weight": torch.ones(2)}, path)
    assert list(read_init_weights(path)) == ["fusion.weight"]


@pytest.mark.parametrize("content", [{}, {"a": 1}, [torch.ones(1)]])
def test_what_holds_no_weights_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "other.pth"
    torch.save(content, path)
    with pytest.raises(UserError, match=r"other\.pth"):
        read_init_weights(path)
