"""What happened, by step: each once, none newer than the run, bounded."""

from __future__ import annotations

from tests.tui.recorded import snapshot, validation
from vsrppp_tui.link.interface import Event
from vsrppp_tui.tui.marks import KEPT_MARKS, MARKS, Kind, Mark, Marks, fitted_marks


def event(step: int, kind: str) -> Event:
    return Event(0, 0.0, step, kind, "")


def steps(marks: Marks, kind: str) -> list[int]:
    return [mark.step for mark in marks.between(0, 1e9) if mark.kind == kind]


def test_marks_are_kept_once_and_by_kind() -> None:
    marks = Marks()
    marks.follow(snapshot(100))
    happened = [event(5, "edit"), event(5, "edit"), event(7, "edit replayed"), event(9, "started")]
    marks.add([*happened, event(8, "checkpoint"), event(8, "checkpoint")])
    assert steps(marks, "edit") == [5, 7]
    assert steps(marks, "checkpoint") == [8]
    found = marks.between(6, 60, [validation(50), validation(70)])
    assert {(mark.step, mark.kind) for mark in found} == {
        (7, "edit"),
        (8, "checkpoint"),
        (50, "validation"),
    }


def test_a_run_that_goes_back_loses_the_later_marks() -> None:
    marks = Marks()
    marks.follow(snapshot(100))
    marks.add([event(at, "checkpoint") for at in (20, 50, 90)])
    marks.add([event(60, "rollback")])
    assert steps(marks, "checkpoint") == [20, 50]
    assert steps(marks, "rollback") == [60]
    marks.follow(snapshot(40))
    assert steps(marks, "checkpoint") == [20] and steps(marks, "rollback") == []
    marks.add([event(30, "edit"), event(10, "resumed")])
    assert marks.between(0, 1e9) == []


def test_the_records_come_before_the_live_marks() -> None:
    marks = Marks()
    marks.follow(snapshot(100))
    marks.add([event(90, "edit")])
    recorded = [event(10, "edit"), event(80, "edit"), event(50, "resumed"), event(70, "checkpoint")]
    marks.add_recorded([*recorded, event(90, "edit"), event(500, "edit")])
    assert steps(marks, "edit") == [10, 90]
    assert steps(marks, "checkpoint") == [70]


def test_marks_are_bounded_and_all_have_a_sign() -> None:
    marks = Marks()
    marks.add(event(at, "edit") for at in range(3 * KEPT_MARKS))
    assert len(steps(marks, "edit")) == KEPT_MARKS
    assert steps(marks, "edit")[-1] == 3 * KEPT_MARKS - 1
    assert len({sign for sign, _ in MARKS.values()}) == len(MARKS) == 4


def of(kind: Kind, steps: range) -> list[Mark]:
    return [Mark(step, kind) for step in steps]


def test_crowded_kinds_give_way_the_least_important_first() -> None:
    few, validations = of("edit", range(3, 100, 50)), of("validation", range(0, 100, 4))
    checkpoints = of("checkpoint", range(2, 100, 4))
    cell = int
    assert fitted_marks([*validations, *few], cell, 100).unseen == ""
    fitted = fitted_marks([*checkpoints, *validations, *few], cell, 100)
    assert {mark.kind for mark in fitted.marks} == {"validation", "edit"}
    assert fitted.unseen == "▪ checkpoints not shown"
    fitted = fitted_marks([*checkpoints, *validations, *few], cell, 50)
    assert fitted.marks == few and fitted.unseen == "▪ checkpoints, ◇ validations not shown"


def test_a_validation_is_seen_over_the_checkpoint_of_its_step() -> None:
    marks = Marks()
    marks.follow(snapshot(100))
    marks.add([event(50, "checkpoint")])
    fitted = fitted_marks(marks.between(0, 100, [validation(50)]), int, 100)
    assert fitted.marks[-1].kind == "validation"
    assert fitted.unseen == "▪ checkpoints behind ◇"
