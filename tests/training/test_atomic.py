from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vsrppp_tui.training.atomic import (
    remove_stale_temporaries,
    replacing,
    temporary_beside,
    write_atomically,
)


def test_text_and_bytes_replace_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_atomically(path, "grün")
    assert path.read_text(encoding="utf-8") == "grün"
    write_atomically(path, b"\x00\xff", durable=False)
    assert path.read_bytes() == b"\x00\xff"
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]


def test_a_failed_write_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "status.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="No space left"), replacing(path) as file:
        file.write(b"half of the new")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["status.txt"]


def test_the_name_appears_only_when_the_content_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    with replacing(path) as file:
        file.write(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "absent" / "file", "x")


def test_stale_temporaries_of_dead_processes_are_removed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    dead = tmp_path / f".latest.pth.tmp-{process.pid}-0"
    own = temporary_beside(tmp_path / "latest.pth")
    before_this_process = tmp_path / f".latest.pth.tmp-{os.getpid()}-99"
    stranger = tmp_path / ".note.tmp-morning"
    visible = tmp_path / "latest.pth"
    for path in (dead, own, before_this_process, stranger, visible):
        path.write_text("x")
    os.utime(before_this_process, (1.0, 1.0))
    assert set(remove_stale_temporaries(tmp_path)) == {dead, before_this_process}
    assert set(tmp_path.iterdir()) == {own, stranger, visible}
