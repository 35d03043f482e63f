"""The list of recent runs: what it shows, and what its keys choose."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.starting import (
    NOW,
    Clock,
    FakeRuns,
    drive_start,
    entry,
    live,
    make_start,
    seen,
    settled,
)
from vsrppp_tui.tui.start.delete_screen import DeleteScreen
from vsrppp_tui.tui.start.entries import Attach, Choice, Demo, Resume
from vsrppp_tui.tui.start.run_list import RunList, when
from vsrppp_tui.tui.widgets.rows import RowWidget

SIZES = [(80, 24), (120, 40), (160, 50), (250, 80)]


def test_an_empty_list_says_what_can_be_done() -> None:
    app = make_start(FakeRuns())

    async def scenario(pilot: Pilot[Choice]) -> None:
        text = seen(app)
        assert "No run here yet" in text
        assert "N  New" in text and "D  Demo" in text
        footer = app.screen.query_one("#footer", RowWidget).text.split()
        assert footer == ["N", "New", "D", "Demo", "?", "Help", "Q", "Quit"]

    drive_start(app, scenario, (80, 24))


@pytest.mark.parametrize("size", SIZES)
def test_rows_fit_every_size(size: tuple[int, int]) -> None:
    runs = FakeRuns([live(), *(entry(f"runs/number_{n}") for n in range(100))])
    app = make_start(runs)

    async def scenario(pilot: Pilot[Choice]) -> None:
        for widget in app.screen.query(RowWidget):
            if widget.display:
                assert all(
                    len(line) <= widget.content_size.width for line in widget.text.split("\n")
                )
        assert "runs/live" in seen(app)
        await pilot.press("end")
        assert "number_99" in app.screen.query_one(RunList).text
        assert "▶ running" not in app.screen.query_one(RunList).text  # scrolled

    drive_start(app, scenario, size)


def test_a_row_tells_state_step_best_and_when() -> None:
    app = make_start(FakeRuns([live(state="paused"), entry(state="failed", best=None)]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        _, first, second = app.screen.query_one(RunList).text.split("\n")
        assert "‖ paused" in first and "12,345/100,000" in first and "78.2%" in first
        assert "now" in first and "█" in first and "▁" in first
        assert "✗ failed" in second and "–" in second and "2 h ago" in second

    drive_start(app, scenario)


def test_a_state_that_is_only_believed_stands_apart_from_the_run() -> None:
    app = make_start(FakeRuns([entry("runs/far", state="validating", host="gpu-7")]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert "◆ validating? runs/far" in seen(app)

    drive_start(app, scenario, (80, 24))


@pytest.mark.parametrize(
    "losses",
    [
        (),
        ((1, math.nan),),
        ((5, 0.1),),
        ((1, 0.1), (2, math.nan), (3, math.inf), (4, -0.5)),
        tuple((n, 3.0) for n in range(50)),
        ((1, 1e308), (2, 1e308)),
    ],
)
def test_any_loss_can_be_drawn(losses: tuple[tuple[int, float], ...]) -> None:
    app = make_start(FakeRuns([entry(losses=losses, total_steps=0, step=0, best=math.nan)]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert "runs/one" in seen(app)

    drive_start(app, scenario)


@pytest.mark.parametrize(
    ("resumes_at", "words"),
    [
        (12_300, "It came to step 12,345; Enter resumes it at 12,300, its newest checkpoint"),
        (12_345, "resumes it at step 12,345"),
        (None, "It came to step 12,345; Enter resumes it from its newest checkpoint"),
    ],
)
def test_where_a_run_came_to_and_where_it_goes_on(resumes_at: int | None, words: str) -> None:
    app = make_start(FakeRuns([entry(state="dead", resumes_at=resumes_at)]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert words in seen(app)

    drive_start(app, scenario)


@pytest.mark.parametrize(
    ("runs", "keys", "choice"),
    [
        ([live()], ["enter"], Attach(Path("/data/runs/live"))),
        ([live()], ["a"], Attach(Path("/data/runs/live"))),
        ([entry()], ["enter"], Resume(Path("/data/runs/one"))),
        ([entry(state="dead")], ["R"], Resume(Path("/data/runs/one"))),
        ([live(), entry()], ["down", "enter"], Resume(Path("/data/runs/one"))),
        ([], ["d"], Demo()),
        ([live()], ["q"], None),
        ([live()], ["ctrl+c"], None),
    ],
)
def test_keys_choose(runs: list[object], keys: list[str], choice: Choice | None) -> None:
    app = make_start(FakeRuns(runs))  # type: ignore[arg-type]

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press(*keys)

    assert drive_start(app, scenario) == choice


@pytest.mark.parametrize(
    ("run", "key", "words"),
    [
        (live(), "r", "attach to look in"),
        (live(), "delete", "stop it first"),
        (entry(state="running", host="gpu-7"), "delete", "delete it there"),
        (entry(), "a", "only a run that lives"),
        (entry(resumable=False), "r", "no checkpoint"),
        (entry(state="done"), "r", "Enter says what"),
        (entry(state="running", host="gpu-7"), "a", "attach to it from a terminal there"),
        (entry(state="running", host="gpu-7"), "r", "cannot be seen from here"),
    ],
)
def test_what_cannot_be_done_is_said(run: object, key: str, words: str) -> None:
    app = make_start(FakeRuns([run]))  # type: ignore[list-item]

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert words in seen(app).replace("\n  ", " ")
        assert app.return_value is None
        await pilot.press("q")

    drive_start(app, scenario)


@pytest.mark.parametrize("run", [entry(state="done"), entry(resumable=False)])
def test_enter_on_a_run_that_cannot_go_on_tells_of_it(run: object) -> None:
    app = make_start(FakeRuns([run]))  # type: ignore[list-item]

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("enter")
        await settled(pilot)
        assert "Trained:" in seen(app) and "replay /data/runs/one" in seen(app)
        for line in seen(app).splitlines():
            assert len(line) <= 98
        await pilot.press("escape")
        await settled(pilot)
        assert "Recent runs" in seen(app)

    drive_start(app, scenario)


def test_a_run_that_cannot_be_read_says_why() -> None:
    problem = "/data/runs/one/run.json does not describe a run: move it away."
    app = make_start(FakeRuns([entry(problem=problem, state="dead", resumable=False)]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        await settled(pilot)
        text = seen(app)
        assert "✗ unreadable" in text and "does not describe a run" in text
        for key in ("a", "r"):
            await pilot.press(key)
            assert app.return_value is None
        await pilot.press("enter")  # a page that says it once more
        await settled(pilot)
        await pilot.press("escape", "q")

    drive_start(app, scenario, (80, 24))


def test_states_are_looked_at_every_two_seconds_and_the_selection_stays() -> None:
    runs, clock = FakeRuns([live(), entry()]), Clock()
    app = make_start(runs, clock)

    async def scenario(pilot: Pilot[Choice]) -> None:
        await settled(pilot)
        assert runs.reads == [False, True]  # quickly first, then with the curves
        await pilot.press("down")
        runs.entries = [
            entry("runs/newer", last_at_work=NOW),
            entry(),
            live(state="done", live=False),
        ]
        clock.now += 1.0
        await settled(pilot)
        assert len(runs.reads) == 2
        clock.now += 1.0
        await settled(pilot)
        assert len(runs.reads) == 3
        selected = app.screen.query_one(RunList).selected
        assert selected is not None and selected.name == "runs/one"
        assert "✓ done" in seen(app)

    drive_start(app, scenario)


def test_a_look_without_news_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, clock = FakeRuns([live(), entry()]), Clock()
    app = make_start(runs, clock)
    drawn: list[object] = []

    async def scenario(pilot: Pilot[Choice]) -> None:
        await settled(pilot)
        monkeypatch.setattr(RowWidget, "refresh", lambda self, *a, **k: drawn.append(a) or self)
        for _ in range(3):
            clock.now += 2.5
            await settled(pilot)
        assert len(runs.reads) == 5
        assert drawn == []

    drive_start(app, scenario)


def test_deleting_asks_for_the_name() -> None:
    runs = FakeRuns([entry("runs/one"), entry("runs/two")])
    app = make_start(runs)

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("delete")
        await settled(pilot)
        assert "12 files" in seen(app)
        assert "Type one to delete the run:" in seen(app)
        await pilot.press("enter")
        assert "That is not its name" in seen(app)
        await pilot.press(*"on", "enter")
        assert runs.deleted == []
        await pilot.press("e", "enter")
        await settled(pilot)
        assert runs.deleted == [(Path("/data/runs/one"), "one")]
        assert not isinstance(app.screen, DeleteScreen)
        assert "runs/one is deleted" in seen(app)
        assert "runs/two" in app.screen.query_one(RunList).text
        assert "runs/one" not in app.screen.query_one(RunList).text

    drive_start(app, scenario, (80, 24))


def test_a_refused_deletion_is_told_and_can_be_left() -> None:
    runs = FakeRuns([entry()], refusal="Process 7 trains in /data/runs/one: stop it first.")
    app = make_start(runs)

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("delete", *"one", "enter")
        await settled(pilot)
        assert "Process 7 trains" in seen(app)
        await pilot.press("q")  # a letter of the name here
        assert isinstance(app.screen, DeleteScreen)
        await pilot.press("escape")
        await settled(pilot)
        assert "runs/one" in app.screen.query_one(RunList).text

    drive_start(app, scenario)


def test_a_name_is_not_asked_for_where_it_would_be_refused() -> None:
    runs = FakeRuns([entry()], undeletable="/data/runs/one holds /data/runs/one/work.")
    app = make_start(runs)

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("delete")
        await settled(pilot)
        assert "✗ /data/runs/one holds" in seen(app)
        assert "Type one" not in seen(app)
        await pilot.press(*"one", "enter")
        await settled(pilot)
        assert isinstance(app.screen, DeleteScreen) and runs.deleted == []
        await pilot.press("escape")

    drive_start(app, scenario, (80, 24))


def test_what_failed_before_is_said() -> None:
    app = make_start(FakeRuns([entry()]), message="There is no checkpoint in runs/one.")

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert "✗ There is no checkpoint" in seen(app)

    drive_start(app, scenario)


@pytest.mark.parametrize(
    ("ago", "words"),
    [(5, "just now"), (125, "2 min ago"), (7_300, "2 h ago"), (5 * 86_400, "5 d ago")],
)
def test_how_long_ago(ago: float, words: str) -> None:
    assert when(entry(last_at_work=NOW - ago), NOW) == words
