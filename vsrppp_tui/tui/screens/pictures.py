"""The comparison pictures LR | KI | GT of the validations, in the terminal itself."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize

from vsrppp_tui.tui.action_list import PICTURES
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.comparison import GAINS, Layout, Pair, cycled, swapped
from vsrppp_tui.tui.gallery import Gallery
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.picture_keys import keys_row
from vsrppp_tui.tui.picture_loader import DrawnPicture, NoPicture, PictureLoader, PictureRequest
from vsrppp_tui.tui.picture_rows import (
    copied_row,
    full_path,
    mean_row,
    path_row,
    path_rows,
    place_row,
    title_row,
)
from vsrppp_tui.tui.placement import Size, View, panned, place, zoomed
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.widgets.picture import PictureView
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

POLL_SECONDS = 0.04  # only while a picture is under way
_ROWS = 2  # under the picture
_PATIENCE = 5  # polls, before the picture that was there gives way to a word about the next one
_NO_COLOUR = (
    "Pictures need colour, and NO_COLOR is set. Detach and attach again without it, or open the "
    "file named below: {key} copies its path."
)


class PictureScreen(RunScreen):
    """Arrows go through samples and validations; when zoomed in they move about in the picture.

    What is looked at stays: a newer validation is only announced.
    """

    GROUP = PICTURES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PICTURES)]

    def __init__(self, model: RunModel) -> None:
        super().__init__()
        self._model = model
        self._gallery = Gallery(model.validations)
        self._loader = PictureLoader()
        self._layout = Layout()
        self._gain = GAINS[0]
        self._pairs: dict[bool, Pair] = {}  # seen large, of the parts and of the differences
        self._view = View()
        self._picture: DrawnPicture | None = None  # shown now
        self._copied = False
        self._polls = 0

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        yield RowWidget(id="mean")
        yield PictureView()
        yield RowWidget(id="place")
        yield RowWidget(id="file")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Begin with the rows; the picture follows when the size is known."""
        self._timer = self.set_interval(POLL_SECONDS, self._poll, pause=True)
        # Another theme may have no RGB colours, or have them again.
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.follow())
        self.follow()

    def on_resize(self, event: Resize) -> None:
        """Fit the picture to the new size, once the widgets have it."""
        self.call_after_refresh(self.follow)

    def follow(self) -> None:
        self._gallery.hold()
        self._draw_rows()
        self._ask()

    def action_arrow(self, right: int, down: int) -> None:
        """Move about in the picture where a part of it is shown, else among the pictures."""
        if self._zoomed and self._picture is not None:
            self._view = panned(self._picture.size, self._box, self._view, right, down)
        elif right:
            self._gallery.next_sample(right)
        else:
            self._gallery.move(down)
        self._act()

    def action_sample(self, by: int) -> None:
        """Show another sample of the validation."""
        self._gallery.next_sample(by)
        self._act()

    def action_validation(self, by: int) -> None:
        """Show another validation."""
        self._gallery.move(by)
        self._act()

    def action_newest(self) -> None:
        """Show the newest validation."""
        self.action_validation(self._gallery.count)

    def action_zoom(self, by: int) -> None:
        """Zoom in or out around the centre, which is the same in all parts."""
        if self._picture is not None:
            self._view = zoomed(self._picture.size, self._box, self._view, by)
            self._act()

    def action_next_zoom(self) -> None:
        """Zoom in; after the last level comes the whole picture."""
        before = self._view
        self.action_zoom(1)
        if self._view == before:
            self.action_whole()

    def action_whole(self) -> None:
        """Show the whole picture."""
        self._view = View()
        self._act()

    def action_swap(self) -> None:
        """Show one part large; from then on swap it in place with the one seen before."""
        self._enlarge(swapped(self._pair))

    def action_cycle(self) -> None:
        """Show one part large; from then on one after the other in its place: KI, GT, LR."""
        self._enlarge(cycled(self._pair, self._layout.parts))

    def action_difference(self) -> None:
        """Show how far LR and KI are from GT, or the parts themselves again."""
        self._layout = replace(self._layout, gain=0 if self._layout.gain else self._gain)
        self._act()

    def action_gain(self) -> None:
        """Amplify the differences more, or less again."""
        if self._layout.gain:
            self._gain = GAINS[(GAINS.index(self._gain) + 1) % len(GAINS)]
            self._layout = replace(self._layout, gain=self._gain)
            self._act()

    def action_copy(self) -> None:
        """Send the path of the file to the clipboard of the terminal, through SSH as well."""
        if self._path is not None:
            self.app.copy_to_clipboard(self._path)
            self._act(copied=True)

    def action_back(self) -> None:
        """Side by side again; from there, back to the dashboard."""
        if self._layout == Layout():
            self.app.pop_screen()
        else:
            self._layout = Layout()
            self._act()

    @property
    def drawing(self) -> bool:
        """Whether another picture than the one shown is under way."""
        return self._loader.waiting

    @property
    def _pair(self) -> Pair:
        return self._pairs.get(bool(self._layout.gain), self._layout.first_pair)

    @property
    def _box(self) -> Size:
        return self.query_one(PictureView).box(self._layout.abreast) or (1, 2)

    @property
    def _zoomed(self) -> bool:
        """Whether there is more of the picture than is seen."""
        size = self._picture.size if self._picture is not None else None
        return size is not None and not place(size, self._box, self._view).whole

    @property
    def _path(self) -> str | None:
        name = self._gallery.picture
        return full_path(self._model.run_dir, name) if name is not None else None

    def _act(self, *, copied: bool = False) -> None:
        """Show what a key asked for."""
        self._copied = copied
        self.follow()

    def _enlarge(self, pair: Pair) -> None:
        """One part takes the whole width: the one seen last, or if it is large already, that of `pair`."""
        if self._layout.large:
            self._pairs[bool(self._layout.gain)] = pair
        self._layout = replace(self._layout, large=True)
        self._act()
        if self._picture is not None and self._picture.request == self._request():
            self._show(self._picture)

    def _ask(self) -> None:
        """Ask for the picture that is to be seen, or say why there is none."""
        request = self._request()
        self._loader.want(request, self._pair[0])
        if request is None:
            self._picture = None
            self.query_one(PictureView).say(self._why_none())
        elif self._loader.waiting:
            self._polls = 0
            self._timer.resume()

    def _request(self) -> PictureRequest | None:
        result, name = self._gallery.result, self._gallery.picture
        box = self.query_one(PictureView).box(self._layout.abreast)
        if result is None or name is None or box is None or self.app.no_color:
            return None
        path = self._model.run_dir / name
        indexed = self.app.native_ansi_color  # a theme without RGB colours
        return PictureRequest(path, result.time, box, self._view, self._layout, indexed)

    def _why_none(self) -> str:
        if self._gallery.result is None:
            return "There is no validation yet: V in the dashboard asks for one."
        if self._gallery.picture is None:
            return "This validation has no pictures."
        if self.app.no_color:
            return _NO_COLOUR.format(key=self.keys.shown("pictures.copy"))
        return "There is no room for a picture."

    def _poll(self) -> None:
        """Take the picture when it is there; called only while one is under way."""
        found = self._loader.poll()
        view = self.query_one(PictureView)
        self._polls += 1
        if isinstance(found, DrawnPicture):
            self._picture = found
            self._show(found)
        elif isinstance(found, NoPicture):
            self._picture = None
            view.say(f"{self._gallery.picture} {found.reason}")
        elif self._polls > _PATIENCE and self._loader.waiting:
            view.say("Loading the picture …")
        if not self._loader.waiting:
            self._timer.pause()
        self._draw_rows()

    def _show(self, picture: DrawnPicture) -> None:
        result = self._gallery.result
        baseline = result.baseline_name if result is not None else ""
        self.query_one(PictureView).show_picture(picture, baseline, self._pair[0])

    def _draw_rows(self) -> None:
        width = max(1, self.query_one("#title", RowWidget).content_size.width)
        newer = self.keys.shown("pictures.newer")
        place_and_file = self._place_and_file(width)
        for name, row in (
            ("#title", title_row(self._gallery, self._model.snapshot, newer, width)),
            ("#mean", self._mean(width)),
            ("#place", place_and_file[0]),
            ("#file", place_and_file[1]),
            ("#footer", self._keys(width)),
        ):
            self.query_one(name, RowWidget).show([row])

    def _mean(self, width: int) -> Row:
        if self._copied:
            return copied_row(width, in_tmux="TMUX" in os.environ)
        return mean_row(self._gallery.result, width) if self._gallery.result is not None else ()

    def _place_and_file(self, width: int) -> tuple[Row, Row]:
        """The two rows under the picture; the path takes both when it was copied and is that long."""
        path = self._path or ""
        wrapped = path_rows(path, width)
        if self._copied and len(wrapped) == _ROWS:
            return wrapped[0], wrapped[1]
        return place_row(self._picture, self._layout, width), path_row(path, width)

    def _keys(self, width: int) -> Row:
        return keys_row(self.actions, self._layout, self._zoomed, self.app.no_color, width)
