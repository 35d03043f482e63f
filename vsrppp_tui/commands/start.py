"""`vsrppp` without a command: the start screen, and what is chosen there, in one and the same child."""

from __future__ import annotations

import os
import signal
from functools import cached_property
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from vsrppp_tui.commands.foreground import Leave, let_go_of_terminal, run_in_child
from vsrppp_tui.commands.signals import left_on_signals
from vsrppp_tui.errors import UserError

if TYPE_CHECKING:
    from vsrppp_tui.commands.judge_draft import Judge
    from vsrppp_tui.tui.settings import UserSettings
    from vsrppp_tui.tui.start.app import StartApp
    from vsrppp_tui.tui.start.entries import Choice
    from vsrppp_tui.tui.start.new_run import Completion, Draft, Judgement, Recipe, Speed


def start(*, debug: bool) -> int:
    """Show the start screen and do what its user chooses; returns the exit code.

    What cannot be done is said on the screen, which then comes back. Once a dashboard was open, leaving
    it leads to the shell.
    """
    return run_in_child(lambda leave: _Start(leave, debug).run())


class _Start:
    """The start screen in the child of the process in front."""

    def __init__(self, leave: Leave, debug: bool) -> None:
        self._leave = leave
        self._debug = debug

    def run(self) -> int:
        from vsrppp_tui.commands.delete_run import finish_earlier_deletions
        from vsrppp_tui.tui.settings import load_settings

        Thread(target=finish_earlier_deletions, name="deletions", daemon=True).start()
        message, draft = "", None
        while True:
            settings = load_settings()  # the theme may have been changed
            app = self._screen(message, draft, settings)
            with left_on_signals(app) as caught:
                choice = app.run(mouse=settings.values.wants_mouse(os.environ))
            if app.terminal_lost:
                let_go_of_terminal()
                return 128 + signal.SIGHUP
            if caught:
                return 128 + caught[0]
            if choice is None:
                return app.return_code or 0
            try:
                return self._do(choice)
            except UserError as error:
                message = str(error)
            draft = getattr(choice, "draft", None)

    def _screen(self, message: str, draft: Draft | None, settings: UserSettings) -> StartApp:
        from vsrppp_tui.commands.delete_run import count_files, delete_run
        from vsrppp_tui.commands.list_runs import RunReader
        from vsrppp_tui.tui.start.app import StartApp
        from vsrppp_tui.tui.start.services import FormServices, RunServices

        judge = _Later()
        return StartApp(
            RunServices(RunReader().read, delete_run, describe_run, count_files),
            FormServices(judge.recipes, judge.judge, judge.measure, judge.complete),
            place=_place(),
            message=message,
            draft=draft,
            settings=settings,
        )

    def _do(self, choice: Choice) -> int:
        from vsrppp_tui.commands.attach import attach
        from vsrppp_tui.commands.demo import DEMO_DIR, demo
        from vsrppp_tui.tui.start.entries import Attach, Demo, New, Resume

        match choice:
            case Attach(run_dir):
                return attach(_short(run_dir), read_only=False)
            case Resume(run_dir):
                return resume(_short(run_dir), debug=self._debug, leave=self._leave)
            case New(draft):
                from vsrppp_tui.commands.new_run import begin

                return begin(draft, debug=self._debug, leave=self._leave)
            case Demo():
                return demo(
                    headless=False,
                    steps=None,
                    run_dir=DEMO_DIR,
                    device="auto",
                    debug=self._debug,
                    leave=self._leave,
                )


class _Later:
    """What the form asks; configuration and video libraries are loaded when it first does, in its thread."""

    @cached_property
    def _judge(self) -> Judge:
        from vsrppp_tui.commands.judge_draft import Judge

        return Judge()

    def recipes(self) -> tuple[Recipe, ...]:
        from vsrppp_tui.commands.new_recipes import recipes

        return recipes()

    def judge(self, draft: Draft) -> Judgement:
        return self._judge.judge(draft)

    def measure(self, draft: Draft, cancelled: Event) -> Speed:
        return self._judge.measure(draft, cancelled)

    def complete(self, text: str) -> Completion:
        from vsrppp_tui.commands.complete_path import complete_path

        return complete_path(text)


def resume(run_dir: Path, *, debug: bool, leave: Leave) -> int:
    """Go on with a run as its own command would.

    Raises:
        UserError: there is no checkpoint, a process trains there, or its data would be looked for in
            another folder than the one that it was begun in.
    """
    from vsrppp_tui.commands.data_place import refusal_to_resume_here
    from vsrppp_tui.commands.find_run import RUNS, find_state
    from vsrppp_tui.commands.run_directory import config_path
    from vsrppp_tui.commands.train import TrainOptions, train
    from vsrppp_tui.commands.wqv import WqvOptions, wqv
    from vsrppp_tui.config.read import read_values

    recipe = find_state(run_dir).info.recipe
    refusal = refusal_to_resume_here(run_dir, RUNS)
    if refusal:
        raise UserError(refusal)
    if recipe == "wqv":
        source = Path(str(read_values(config_path(run_dir)).get("SOURCE", "")))
        return wqv(WqvOptions(source, run_dir, debug=debug), leave)
    return train(TrainOptions(run_dir=run_dir, resume=True, debug=debug), leave)


def describe_run(run_dir: Path) -> str:
    """The page of `vsrppp status`.

    Raises:
        UserError: there is no run.
        OSError: it cannot be read.
    """
    from vsrppp_tui.commands.look import look
    from vsrppp_tui.commands.status import page

    return page(look(_short(run_dir)))


def _short(run_dir: Path) -> Path:
    """As its user would type it, for what is printed about the run."""
    here = Path.cwd()
    return run_dir.relative_to(here) if run_dir.is_relative_to(here) else run_dir


def _place() -> str:
    """The working folder, for the title."""
    here, home = Path.cwd(), Path("~").expanduser()
    return (
        f"~/{here.relative_to(home)}" if here != home and here.is_relative_to(home) else str(here)
    )
