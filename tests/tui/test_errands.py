"""TensorBoard beside the dashboard, the clipboard, a picture of the screen."""

from __future__ import annotations

import asyncio
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tui.driving import Driver, drive, make_app, screen_text, tick
from tests.tui.recorded import FakeLink, snapshot
from vsrppp_tui.tui.screens.board import BoardScreen
from vsrppp_tui.tui.tensorboard import TensorBoard, tunnel

# What TensorBoard does, as far as the dashboard sees it, in a tenth of its time.
_SERVING = (
    "import sys, time\n"
    "print('at http://127.0.0.1:45678/ (Press CTRL+C to quit)', file=sys.stderr, flush=True)\n"
    "time.sleep(600)\n"
)
_BROKEN = "import sys\nsys.exit('ModuleNotFoundError: no tensorboard here')\n"


async def until(pilot: Driver, met: object) -> None:
    for _ in range(1000):
        await tick(pilot)
        if met():  # type: ignore[operator]
            return
        await asyncio.sleep(0.01)
    raise AssertionError(screen_text(pilot.app))  # type: ignore[arg-type]


def stand_in(monkeypatch: pytest.MonkeyPatch, program: str) -> list[TensorBoard]:
    """Let the dashboard start `program` in TensorBoard's place; what it started is kept."""
    started: list[TensorBoard] = []

    def start(folder: Path) -> TensorBoard:
        started.append(TensorBoard(folder, (sys.executable, "-c", program)))
        return started[-1]

    monkeypatch.setattr("vsrppp_tui.tui.errands.TensorBoard", start)
    return started


def test_tensorboard_is_started_shown_and_stopped_with_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    started = stand_in(monkeypatch, _SERVING)
    app = make_app(FakeLink(snapshot(500)), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await pilot.pause()
        assert "http://127.0.0.1:45678" in screen_text(app)
        assert "ssh -N -L 45678:127.0.0.1:45678" in screen_text(app)
        await pilot.press("y")
        await pilot.pause()
        assert app.clipboard.startswith("ssh -N -L 45678:")
        await pilot.press("t")  # shows it again, and starts no second one
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await pilot.press("escape")
        assert len(started) == 1 and started[0].running

    drive(app, scenario)
    assert not started[0].running


def test_leaving_before_tensorboard_is_told_of_leaves_none_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    started = stand_in(monkeypatch, deaf + _SERVING)
    app = make_app(FakeLink(snapshot(500)), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("t")
        while not started:  # and no tick that would tell of it
            await asyncio.sleep(0.01)
        await pilot.press("d")

    drive(app, scenario)
    started[0]._process.wait(10)
    assert started[0]._process.returncode == -9


def test_tensorboard_is_stopped_by_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tensorboard").mkdir()
    started = stand_in(monkeypatch, _SERVING)
    app = make_app(FakeLink(snapshot(500)), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen))
        await pilot.press("s")
        await until(pilot, lambda: "has been stopped" in screen_text(app))
        assert not started[0].running

    drive(app, scenario)


def test_a_tensorboard_that_ends_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logs").mkdir()
    stand_in(monkeypatch, _BROKEN)
    app = make_app(FakeLink(snapshot(500)), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("t")
        await until(pilot, lambda: "no tensorboard here" in screen_text(app))

    drive(app, scenario)


def test_it_does_not_come_up_over_what_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    stand_in(monkeypatch, _SERVING)
    app = make_app(FakeLink(snapshot(500)), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("t", "enter")
        for _ in range(100):
            await tick(pilot)
            await asyncio.sleep(0.01)
        assert not isinstance(app.screen, BoardScreen)
        await pilot.press("escape")
        await until(pilot, lambda: "serves at port 45678" in screen_text(app))

    drive(app, scenario)


def test_a_tensorboard_that_cannot_be_started_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    app = make_app(FakeLink(snapshot(500)), run_dir=tmp_path)

    def refuse(_folder: Path) -> TensorBoard:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("vsrppp_tui.tui.errands.TensorBoard", refuse)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("t")
        await until(pilot, lambda: "Cannot allocate memory" in screen_text(app))

    drive(app, scenario)


def test_a_run_without_logs_says_so(tmp_path: Path) -> None:
    app = make_app(FakeLink(snapshot(500)), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("t")
        await until(pilot, lambda: "has written nothing for TensorBoard" in screen_text(app))

    drive(app, scenario)


def test_the_real_one_answers_at_its_port(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path)
    try:
        for _ in range(1200):
            if board.port is not None or not board.running:
                break
            time.sleep(0.05)
        assert board.port is not None, board.last_line
        with urllib.request.urlopen(f"http://127.0.0.1:{board.port}/") as page:
            assert b"TensorBoard" in page.read()
    finally:
        board.stop()
    assert not board.running


def test_the_tunnel_names_the_server_as_the_connection_reached_it() -> None:
    line = tunnel(6006, {"SSH_CONNECTION": "10.0.0.5 50000 10.0.0.9 2222"})
    assert line.startswith("ssh -N -L 6006:127.0.0.1:6006 -p 2222 ")
    assert line.endswith("@10.0.0.9")


def test_the_path_of_the_checkpoint_is_copied(tmp_path: Path) -> None:
    now = snapshot(500)
    app = make_app(FakeLink(now), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("y")
        assert now.checkpoint is not None
        assert app.clipboard == str(tmp_path / now.checkpoint.path)
        assert "Copied" in screen_text(app)

    drive(app, scenario)


def test_without_a_checkpoint_nothing_is_copied(tmp_path: Path) -> None:
    app = make_app(FakeLink(replace(snapshot(500), checkpoint=None)), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("y")
        assert "no checkpoint yet" in screen_text(app)
        assert app.clipboard == ""

    drive(app, scenario)


def test_the_screen_is_saved_as_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_app(FakeLink(snapshot(500)), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("x")
        await until(pilot, lambda: "The screen is saved" in screen_text(app))
        (picture,) = tmp_path.glob("vsrppp-*.svg")
        assert picture.read_text().startswith("<svg")

    drive(app, scenario)


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    app = make_app(FakeLink(snapshot(500)), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        gone.rmdir()
        await pilot.press("x")
        await until(pilot, lambda: "cannot be written here" in screen_text(app))

    drive(app, scenario)
