"""Recent runs, and the keys that act on them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize

from vsrppp_tui.link.interface import Level
from vsrppp_tui.tui.action_list import START
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.background import Background
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.start.delete_screen import DeleteScreen
from vsrppp_tui.tui.start.entries import (
    Attach,
    Choice,
    Demo,
    Resume,
    RunEntry,
    natural_choice,
    outlook,
    refusal_to_attach,
    refusal_to_delete,
    refusal_to_resume,
)
from vsrppp_tui.tui.start.page_screen import PageScreen
from vsrppp_tui.tui.start.run_list import RunList
from vsrppp_tui.tui.start.services import RunServices
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget, spread
from vsrppp_tui.tui.widgets.states import message_lines

_WITHOUT_RUNS = ("start.new", "start.demo", "start.help", "start.quit")  # what works then
_REFUSALS: dict[str, Callable[[RunEntry], str]] = {
    "start.resume": refusal_to_resume,
    "start.attach": refusal_to_attach,
    "start.delete": refusal_to_delete,
}
_WORDS: dict[type, str] = {Resume: "Resume", Attach: "Attach"}  # what Enter does then
_ABOUT = (
    (
        "start.new",
        "New: train on a dataset, a folder of pictures or a video of yours.",
        "It shows what the network costs in memory and time before it starts.",
    ),
    (
        "start.demo",
        "Demo: a small network learns from a clip that ships with the program.",
        "Two processor cores are enough; it takes a minute or a few.",
    ),
)


class ListScreen(RunScreen):
    """Enter does the natural thing with the selected run; the other keys say what they do."""

    GROUP = START
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(START)]

    def __init__(
        self,
        services: RunServices,
        background: Background,
        choose: Callable[[Choice], None],
        place: str,
    ) -> None:
        super().__init__()
        self._services = services
        self._background = background
        self._choose = choose
        self._place = place
        self._entries: tuple[RunEntry, ...] | None = None
        self._now = 0.0
        self._note: tuple[str, Level] | None = None

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        yield RowWidget(id="empty")
        yield RunList()
        yield RowWidget(id="chosen")
        yield RowWidget(id="message")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Begin with what is known."""
        self._list.focus()
        self.follow()

    def on_resize(self, event: Resize) -> None:
        """Arrange the rows anew, once the widgets have their sizes."""
        self.call_after_refresh(self.follow)

    def take(self, entries: Sequence[RunEntry], now: float) -> None:
        """Show the runs as they are at the Unix time `now`."""
        self._entries, self._now = tuple(entries), now
        self.follow()

    def say(self, text: str, level: Level = "info") -> None:
        """A sentence above the footer, until the next key."""
        self._note = (text, level) if text else None
        self.follow()

    def follow(self) -> None:
        """Bring every row up to date; equal ones are not drawn."""
        if not (self.is_mounted and self.is_running):
            return
        self._list.take(self._entries or (), self._now)
        self.set_class(not self._entries, "-empty")
        self._show("#title", [self._title()])
        self._show("#empty", self._empty())
        self._show("#chosen", self._chosen())
        self._show("#message", self._message())
        self._show("#footer", self._keys())

    def on_run_list_selected(self, message: RunList.Selected) -> None:
        """Describe the run that is selected now."""
        self._note = None
        self.follow()

    def action_move(self, by: int) -> None:
        """Select another run."""
        self._list.move(by)

    def action_open(self) -> None:
        """Attach to a live run, resume one that stopped, tell of one that is done."""
        entry = self._list.selected
        if entry is None:
            self.say("There is no run yet: begin a new one, or train the demo.")
            return
        choice = natural_choice(entry)
        if choice is not None:
            self._choose(choice)
        else:
            self.app.push_screen(PageScreen(entry, self._services, self._background))

    def action_attach(self) -> None:
        """Look in on the selected run."""
        self._choose_unless(refusal_to_attach, Attach)

    def action_resume(self) -> None:
        """Go on with the selected run."""
        self._choose_unless(refusal_to_resume, Resume)

    def action_demo(self) -> None:
        """Train the demo."""
        self._choose(Demo())

    def action_delete(self) -> None:
        """Ask for the name of the selected run, and delete it then."""
        entry = self._list.selected
        if entry is None:
            self.say("There is no run to delete.")
        elif refusal_to_delete(entry):
            self.say(refusal_to_delete(entry), "warning")
        else:
            screen = DeleteScreen(entry, self._services, self._background)
            self.app.push_screen(screen, lambda done: self._deleted(entry, bool(done)))

    def _deleted(self, entry: RunEntry, done: bool) -> None:
        if done:
            entries = [e for e in self._entries or () if e.run_dir != entry.run_dir]
            self.take(entries, self._now)
            self.say(f"{entry.name} is deleted.", "good")

    def _choose_unless(
        self,
        refusal: Callable[[RunEntry], str],
        choice: Callable[..., Choice],
    ) -> None:
        entry = self._list.selected
        if entry is None:
            self.say("There is no run yet: begin a new one, or train the demo.")
            return
        text = refusal(entry)
        if text:
            self.say(text, "warning")
        else:
            self._choose(choice(entry.run_dir))

    @property
    def _list(self) -> RunList:
        return self.query_one(RunList)

    def _show(self, selector: str, rows: Sequence[Row]) -> None:
        self.query_one(selector, RowWidget).show(rows)

    def _width(self, selector: str) -> int:
        return max(20, self.query_one(selector, RowWidget).content_size.width)

    def _keys(self) -> list[Row]:
        """What works now, with the run that is selected."""
        entry = self._list.selected
        words: dict[str, str] = {}
        if entry is None:
            actions = [each for each in self.actions if each.name in _WITHOUT_RUNS]
        else:
            refusals = {name: refusal(entry) for name, refusal in _REFUSALS.items()}
            actions = [each for each in self.actions if not refusals.get(each.name)]
            choice = natural_choice(entry)
            words = {"start.open": _WORDS[type(choice)]} if choice is not None else {}
        return [footer_row(actions, self._width("#footer"), words)]

    def _title(self) -> Row:
        left: Row = (("VSR+++", "accent"), ("   Recent runs", "strong"))
        return spread(left, ((self._place, "dim"),), self._width("#title"))

    def _empty(self) -> list[Row]:
        if self._entries is None:
            return [(("Looking for runs …", "dim"),)]
        rows: list[Row] = [(("No run here yet.", "strong"),)]
        for name, first, second in _ABOUT if not self._entries else ():
            key = f"{self.keys.shown(name)}  "
            rows += [(), ((key, "key"), (first, "text")), ((" " * len(key) + second, "dim"),)]
        return rows

    def _chosen(self) -> list[Row]:
        entry = self._list.selected
        if entry is None:
            return []
        width = self._width("#chosen")
        told = entry.problem or f"Recipe {entry.recipe}. {outlook(entry)}"
        lines = [str(entry.run_dir), told]
        styles = ("strong", "text", "text")
        wrapped = [part for line in lines for part in textwrap.wrap(line, width)[:2]]
        return [((line, style),) for line, style in zip(wrapped, styles, strict=False)]

    def _message(self) -> list[Row]:
        if self._note is None:
            return []
        text, level = self._note
        return message_lines(level, text, self._width("#message"), most=2)
