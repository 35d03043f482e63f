"""Which checkpoints stay, and what the links to the best ones mean."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.training.checkpoint import set_later_aside
from vsrppp_tui.training.checkpoint_file import verify, write_checkpoint
from vsrppp_tui.training.checkpoint_store import CheckpointStore, Files
from vsrppp_tui.training.checkpoint_tag import CheckpointTag, Kind, candidates, read_tag
from vsrppp_tui.training.retention import best_target, removable

BEST, OLD = "checkpoint_best.pth", "checkpoint_best_old.pth"
STEPS = st.integers(1, 30)
NAMES = STEPS.flatmap(
    lambda n: st.sampled_from(
        [
            f"checkpoint_step_{n}.pth",
            f"checkpoint_step_{n:06d}.pth",
            "latest.pth",
            "previous.pth",
            "checkpoint_emergency.pth",
            "mine.pth",
        ]
    )
)
TAGS = st.none() | st.builds(
    CheckpointTag, STEPS, st.just("vsrppp"), st.just("0" * 64), st.sampled_from(Kind)
)


def name_of(step: int) -> str:
    return f"checkpoint_step_{step}.pth"


@given(
    files=st.dictionaries(NAMES, TAGS, max_size=30),
    linked=st.sets(NAMES, max_size=2),
    newest=st.none() | NAMES,
)
def test_nothing_but_a_former_best_is_ever_removed(
    files: dict[str, CheckpointTag | None], linked: set[str], newest: str | None
) -> None:
    removed = removable(files, linked, newest)
    assert newest not in removed
    assert not linked & set(removed)
    for name in removed:
        tag = files[name]
        assert tag is not None
        assert tag.kind is Kind.BEST
        assert name.removeprefix("checkpoint_step_").removesuffix(".pth").lstrip("0") == str(
            tag.step
        )
    others = set(files) - set(removed) - linked - {newest}
    for name in others:
        tag = files[name]
        is_own = tag is not None and name in (
            name_of(tag.step),
            f"checkpoint_step_{tag.step:06d}.pth",
        )
        assert tag is None or tag.kind is not Kind.BEST or not is_own, "a former best was forgotten"


class Folder:
    """The checkpoints of a run, written without a training."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.path = run_dir / "checkpoints"
        self.store = CheckpointStore(run_dir, "vsrppp")

    def save(self, step: int, *, milestone: bool = False, best: bool = False) -> None:
        state = {"step": step, "weights": torch.arange(50.0) + step}
        self.store.write(state, Files(milestone=milestone, best=best))
        self.store.clean()

    def steps(self) -> list[int]:
        names = [p.stem.rpartition("_")[2] for p in self.path.glob("checkpoint_step_*.pth")]
        return sorted(map(int, names))

    def bests(self) -> tuple[str | None, str | None]:
        return best_target(self.path, BEST), best_target(self.path, OLD)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "run")


def test_two_bests_and_every_milestone_stay(folder: Folder) -> None:
    folder.save(2, best=True)
    folder.save(4, milestone=True, best=True)
    folder.save(6, best=True)
    assert folder.steps() == [4, 6]
    folder.save(8, milestone=True)
    folder.save(10, best=True)
    folder.save(12, best=True)
    assert folder.steps() == [4, 8, 10, 12]
    assert folder.bests() == (name_of(12), name_of(10))
    assert str((folder.path / BEST).readlink()) == name_of(12), "a relative link"
    assert read_tag(folder.path / BEST) == verify(folder.path / name_of(12))


def test_a_milestone_that_becomes_the_best_stays_a_milestone(folder: Folder) -> None:
    folder.save(5, milestone=True)
    folder.save(5, best=True)  # a validation on demand at the same step
    for step in (6, 7, 8):
        folder.save(step, best=True)
    assert folder.steps() == [5, 7, 8]


def test_a_best_that_becomes_a_milestone_stays_for_good(folder: Folder) -> None:
    folder.save(5, best=True)
    assert not folder.store.has_milestone(5)
    folder.save(5, milestone=True)
    assert folder.store.has_milestone(5)
    for step in (6, 7, 8):
        folder.save(step, best=True)
    assert folder.steps() == [5, 7, 8]


def test_saying_again_that_it_is_the_best_keeps_the_one_before(folder: Folder) -> None:
    folder.save(1, best=True)
    folder.save(2, best=True)
    folder.save(2, best=True)  # a retry, or the same step after a kill
    assert folder.bests() == (name_of(2), name_of(1))


def test_the_newest_that_verifies_is_not_removed(folder: Folder) -> None:
    folder.save(1, best=True)
    folder.save(2, best=True)
    folder.store.write({"step": 3, "weights": torch.zeros(9)}, Files(best=True))
    for path in (*folder.path.glob("*.pth"),):
        if path.name != name_of(1) and not path.is_symlink():
            path.write_bytes(path.read_bytes()[:-3] + b"\0" + path.read_bytes()[-2:])
    folder.store.clean()
    assert name_of(1) in {path.name for path in folder.path.iterdir()}


def test_a_moved_and_a_copied_run_go_on(folder: Folder, tmp_path: Path) -> None:
    folder.save(1, best=True)
    folder.save(2, best=True)
    moved = Folder(folder.run_dir.rename(tmp_path / "moved"))
    assert verify(moved.path / BEST).step == 2
    # A copy that follows links has files in their place.
    copy = Folder(Path(shutil.copytree(moved.run_dir, tmp_path / "copy")))
    assert not (copy.path / BEST).is_symlink()
    copy.save(3, best=True)
    assert copy.bests() == (name_of(3), name_of(2))
    copy.save(4, best=True)
    assert copy.steps() == [3, 4]


@pytest.mark.parametrize(
    ("step", "bests"), [(5, (name_of(4), None)), (3, (None, None)), (6, (name_of(6), name_of(4)))]
)
def test_going_back_leaves_no_link_that_dangles(
    folder: Folder, step: int, bests: tuple[str | None, str | None]
) -> None:
    for saved in (2, 4, 6):
        folder.save(saved, best=True)
    folder.save(8, milestone=True)
    set_later_aside(folder.run_dir, step)
    assert folder.bests() == bests
    assert all(path.exists() for path in folder.path.iterdir()), "a dangling link"
    folder.save(7, best=True)
    assert folder.bests() == (name_of(7), bests[0])


def test_a_dangling_link_hinders_nothing(folder: Folder) -> None:
    folder.save(2, best=True)
    folder.save(3)
    (folder.path / name_of(2)).unlink()
    assert verify(candidates(folder.path)[0]).step == 3
    set_later_aside(folder.run_dir, 1)
    assert not (folder.path / BEST).is_symlink()
    folder.save(4, best=True)
    assert folder.bests() == (name_of(4), None)


def test_files_without_a_kind_are_regular(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "a.pth", {"step": 1}, step=1, recipe="r")
    assert b"kind" not in (tmp_path / "a.pth").read_bytes()[-200:]
    tag = read_tag(tmp_path / "a.pth")
    assert tag is not None
    assert tag.kind is Kind.REGULAR
