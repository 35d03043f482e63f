from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vsrppp_tui.training import checkpoint_file
from vsrppp_tui.training.checkpoint_file import (
    DamagedCheckpoint,
    newest_verified,
    read_checkpoint,
    verify,
    write_checkpoint,
    write_latest,
)
from vsrppp_tui.training.checkpoint_tag import CheckpointTag, candidates, read_tag


def make_state(step: int = 7) -> dict[str, Any]:
    return {
        "step": step,
        "model_state_dict": {
            "weight": torch.arange(200.0) + step,
            "half": torch.ones(3).bfloat16(),
        },
        "config": {"LR_EXPONENT": -4, "VGG_WEIGHTS": None},
    }


def save(path: Path, step: int) -> Path:
    write_checkpoint(path, make_state(step), step=step, recipe="vsrppp")
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return save(tmp_path_factory.mktemp("whole") / "latest.pth", 7).read_bytes()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "damaged.pth"


def assert_detected(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DamagedCheckpoint, match=r"damaged\.pth is damaged"):
        verify(path)


def test_what_is_written_is_read_and_torch_alone_reads_it_too(tmp_path: Path) -> None:
    path = save(tmp_path / "latest.pth", 12)
    state = make_state(12)
    for loaded in (
        read_checkpoint(path),
        torch.load(path, weights_only=True),
        torch.load(path, weights_only=True, mmap=True),
    ):
        assert loaded["config"] == state["config"]
        assert torch.equal(
            loaded["model_state_dict"]["weight"], state["model_state_dict"]["weight"]
        )
    assert [p.name for p in tmp_path.iterdir()] == ["latest.pth"]


def test_the_tag_tells_step_and_recipe(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    write_checkpoint(path, make_state(), step=500, recipe="größer")
    tag = read_tag(path)
    assert tag == verify(path)
    assert tag is not None
    assert (tag.step, tag.recipe, len(tag.sha256)) == (500, "größer", 64)


def test_every_flipped_byte_of_the_tail_is_detected(whole: bytes, scratch: Path) -> None:
    for place in range(len(whole) - 260, len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x20  # the case of a letter, among others
        assert_detected(scratch, bytes(changed))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), mask=st.integers(1, 255))
def test_any_flipped_byte_is_detected(
    data: st.DataObject, mask: int, whole: bytes, scratch: Path
) -> None:
    changed = bytearray(whole)
    changed[data.draw(st.integers(0, len(whole) - 1))] ^= mask
    assert_detected(scratch, bytes(changed))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_truncation_and_any_addition_is_detected(
    data: st.DataObject, whole: bytes, scratch: Path
) -> None:
    assert_detected(scratch, whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert_detected(scratch, whole + data.draw(st.binary(min_size=1, max_size=30)))


def test_a_changed_step_in_the_tag_is_no_tag(whole: bytes, scratch: Path) -> None:
    scratch.write_bytes(whole.replace(b'"step":7}', b'"step":9}'))
    assert read_tag(scratch) is None


def test_a_plain_torch_file_has_no_tag(tmp_path: Path) -> None:
    path = tmp_path / "foreign.pth"
    torch.save(make_state(), path)
    assert read_tag(path) is None


def test_candidates_come_by_step_latest_before_others_then_newest(tmp_path: Path) -> None:
    older = save(tmp_path / "checkpoint_step_900.pth", 900)
    high = save(tmp_path / "checkpoint_step_1000.pth", 1000)
    latest = save(tmp_path / "latest.pth", 1000)
    emergency = save(tmp_path / "checkpoint_emergency.pth", 1000)
    os.utime(high, (1e9, 1e9))
    os.utime(latest, (1e9 - 5, 1e9 - 5))
    os.utime(emergency, (1e9 + 5, 1e9 + 5))
    untagged = tmp_path / "cut.pth"
    untagged.write_bytes(b"PK")
    (tmp_path / "checkpoint_best.pth").symlink_to("latest.pth")
    (tmp_path / ".hidden.pth").write_bytes(b"")
    (tmp_path / "folder.pth").mkdir()
    assert candidates(tmp_path) == [untagged, latest, emergency, high, older]


def test_the_newest_good_one_wins_and_damaged_ones_are_named(tmp_path: Path) -> None:
    good = save(tmp_path / "checkpoint_step_5.pth", 5)
    latest = save(tmp_path / "latest.pth", 9)
    content = bytearray(latest.read_bytes())
    content[len(content) // 2] ^= 1
    latest.write_bytes(content)
    cut = save(tmp_path / "checkpoint_step_8.pth", 8)
    cut.write_bytes(cut.read_bytes()[:-1])
    path, damaged = newest_verified(tmp_path)
    assert path == good
    assert [file for file, _ in damaged] == [cut, latest]
    assert "checksum" in damaged[1][1]


def test_an_unreadable_one_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = save(tmp_path / "a.pth", 1)
    bad = save(tmp_path / "b.pth", 2)
    verify_file = checkpoint_file.verify

    def failing(path: Path) -> CheckpointTag:
        if path == bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return verify_file(path)

    monkeypatch.setattr(checkpoint_file, "verify", failing)
    path, damaged = newest_verified(tmp_path)
    assert path == good
    assert damaged == [(bad, "it cannot be read (Input/output error)")]


@pytest.mark.parametrize("name", ["empty", "absent"])
def test_a_folder_without_checkpoints(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    assert newest_verified(tmp_path / name) == (None, [])


def test_latest_keeps_the_one_before_as_a_file_of_its_own(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        write_latest(tmp_path, make_state(step), step=step, recipe="vsrppp")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["latest.pth", "previous.pth"]
    assert verify(tmp_path / "latest.pth").step == 3
    assert verify(tmp_path / "previous.pth").step == 2
    assert {p.stat().st_nlink for p in tmp_path.iterdir()} == {1}


def test_latest_works_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    write_latest(tmp_path, make_state(1), step=1, recipe="vsrppp")
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    write_latest(tmp_path, make_state(2), step=2, recipe="vsrppp")
    assert verify(tmp_path / "latest.pth").step == 2
    assert verify(tmp_path / "previous.pth").step == 1


def test_a_full_disk_is_an_os_error_and_costs_no_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in (1, 2):
        write_latest(tmp_path, make_state(step), step=step, recipe="vsrppp")

    class FullDisk:
        def write(self, block: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    wrapped = checkpoint_file._HashingFile
    monkeypatch.setattr(checkpoint_file, "_HashingFile", lambda file: wrapped(FullDisk()))  # type: ignore[arg-type]
    with pytest.raises(OSError, match="No space left"):
        write_latest(tmp_path, make_state(3), step=3, recipe="vsrppp")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["latest.pth", "previous.pth"]
    assert [verify(path).step for path in candidates(tmp_path)] == [2, 1]


# Imports torch once and forks a writer for each line it reads, so that twenty deaths take seconds.
_NURSERY = """
import os, sys
from pathlib import Path
import torch
from vsrppp_tui.training.checkpoint_file import write_latest
torch.set_num_threads(1)
folder = Path(sys.argv[1])
weights = torch.zeros(1_250_000)
for line in sys.stdin:
    step = int(line)
    child = os.fork()
    if child == 0:
        while True:
            step += 1
            write_latest(folder, {"step": step, "weights": weights + step}, step=step, recipe="r")
            os.write(1, b"%d\\n" % step)  # in one piece, whatever PYTHONUNBUFFERED says
    print("pid", child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _NURSERY, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        os.killpg(process.pid, signal.SIGKILL)  # with a writer that a failed test left


def _write_until_killed(nursery: subprocess.Popen[str], step: int, seconds: float) -> int:
    """Let a writer go on from `step` and kill it; returns the last step that it had reported."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{step}\n")
    nursery.stdin.flush()
    child = 0
    reported = step
    for line in iter(nursery.stdout.readline, "dead\n"):
        if line.startswith("pid"):
            child = int(line.split()[1])
        else:
            reported = max(reported, int(line))
        if child and reported > 0:  # nothing is there to be found before the first one
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
            break
    else:
        pytest.fail("the writer ended by itself")
    for line in iter(nursery.stdout.readline, "dead\n"):
        reported = max(reported, int(line))
    return reported


def test_kill_at_any_moment_of_saving_leaves_a_good_checkpoint(
    tmp_path: Path, nursery: subprocess.Popen[str]
) -> None:
    chance = random.Random(5)
    step = 0
    for _ in range(20):
        reported = _write_until_killed(nursery, step, chance.uniform(0.0, 0.15))
        path, damaged = newest_verified(tmp_path)
        assert damaged == []
        assert path is not None
        loaded = read_checkpoint(path)
        assert loaded["step"] >= reported
        assert loaded["weights"][-1] == loaded["step"]
        step = loaded["step"]
    assert step > 20
