"""The comparison pictures LR | KI | GT of the validations, in the terminal itself."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize

from vsrppp_tui.link.interface import ValidationResult
from vsrppp_tui.tui.actions import PICTURES, bindings
from vsrppp_tui.tui.gallery import Gallery
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.picture_loader import DrawnPicture, NoPicture, PictureLoader, PictureRequest
from vsrppp_tui.tui.placement import View, panned, zoomed
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.text import count, decimal
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.header import state_row
from vsrppp_tui.tui.widgets.picture import PictureView
from vsrppp_tui.tui.widgets.rows import Row, RowWidget, spread
from vsrppp_tui.tui.widgets.validation import gain_row

POLL_SECONDS = 0.04  # only while a picture is under way
_PATIENCE = 5  # polls, before the picture that was there gives way to a word about the next one
_NO_COLOUR = "Pictures need colour, and NO_COLOR is set: open the file named below instead."


class PictureScreen(RunScreen):
    """Arrows go through samples and validations; when zoomed in they move about in the picture."""

    GROUP = PICTURES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PICTURES)]

    def __init__(self, model: RunModel) -> None:
        super().__init__()
        self._model = model
        self._gallery = Gallery(model.validations)
        self._loader = PictureLoader()
        self._view = View()
        self._picture: DrawnPicture | None = None  # shown now
        self._polls = 0

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        yield RowWidget(id="mean")
        yield PictureView()
        yield RowWidget(id="file")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Begin with the rows; the picture follows when the size is known."""
        self._timer = self.set_interval(POLL_SECONDS, self._poll, pause=True)
        self.follow()

    def on_resize(self, event: Resize) -> None:
        """Fit the picture to the new size, once the widgets have it."""
        self.call_after_refresh(self.follow)

    def follow(self) -> None:
        self._draw_rows()
        self._ask()

    def action_arrow(self, right: int, down: int) -> None:
        """Move about in the picture where a part of it is shown, else among the pictures."""
        if self._zoomed and self._picture is not None:
            picture = self._picture
            self._view = panned(picture.size, picture.request.box, self._view, right, down)
        elif right:
            self._gallery.next_sample(right)
        else:
            self._gallery.move(down)
        self.follow()

    def action_sample(self, by: int) -> None:
        """Show another sample of the validation."""
        self._gallery.next_sample(by)
        self.follow()

    def action_validation(self, by: int) -> None:
        """Show another validation."""
        self._gallery.move(by)
        self.follow()

    def action_zoom(self, by: int) -> None:
        """Zoom in or out around the centre, which is the same in the three parts."""
        if self._picture is not None:
            size, box = self._picture.size, self._picture.request.box
            self._view = zoomed(size, box, self._view, by)
            self.follow()

    def action_next_zoom(self) -> None:
        """Zoom in; after the last level comes the whole picture."""
        before = self._view
        self.action_zoom(1)
        if self._view == before:
            self.action_whole()

    def action_whole(self) -> None:
        """Show the whole picture."""
        self._view = View()
        self.follow()

    @property
    def drawing(self) -> bool:
        """Whether another picture than the one shown is under way."""
        return self._loader.waiting

    @property
    def _zoomed(self) -> bool:
        return self._picture is not None and self._view.zoom is not None

    def _ask(self) -> None:
        """Ask for the picture that is to be seen, or say why there is none."""
        request = self._request()
        self._loader.want(request)
        if request is None:
            self._picture = None
            self.query_one(PictureView).say(self._why_none())
        elif self._loader.waiting:
            self._polls = 0
            self._timer.resume()

    def _request(self) -> PictureRequest | None:
        result, name = self._gallery.result, self._gallery.picture
        box = self.query_one(PictureView).box
        if result is None or name is None or box is None or self.app.no_color:
            return None
        return PictureRequest(self._model.run_dir / name, result.time, box, self._view)

    def _why_none(self) -> str:
        if self._gallery.result is None:
            return "There is no validation yet: V in the dashboard asks for one."
        if self._gallery.picture is None:
            return "This validation has no pictures."
        return _NO_COLOUR if self.app.no_color else "There is no room for a picture."

    def _poll(self) -> None:
        """Take the picture when it is there; called only while one is under way."""
        found = self._loader.poll()
        view = self.query_one(PictureView)
        self._polls += 1
        if isinstance(found, DrawnPicture):
            self._picture = found
            result = self._gallery.result
            view.show_picture(found, result.baseline_name if result is not None else "")
        elif isinstance(found, NoPicture):
            self._picture = None
            view.say(f"{self._gallery.picture} {found.reason}")
        elif self._polls > _PATIENCE and self._loader.waiting:
            view.say("Loading the picture …")
        if not self._loader.waiting:
            self._timer.pause()
        self._draw_rows()

    def _draw_rows(self) -> None:
        for name, row in (
            ("#title", self._title),
            ("#mean", self._mean),
            ("#file", self._file),
            ("#footer", self._keys),
        ):
            widget = self.query_one(name, RowWidget)
            widget.show([row(max(1, widget.content_size.width))])

    def _title(self, width: int) -> Row:
        gallery = self._gallery
        row: Row = (("Pictures", "accent"),)
        if gallery.result is not None:
            newest = gallery.place == gallery.count - 1
            row += (
                ("   validation at ", "dim"),
                (f"step {count(gallery.result.step)}", "strong"),
                (" (newest)" if newest else f" ({gallery.place + 1} of {gallery.count})", "dim"),
            )
            if gallery.picture is not None:
                samples = len(gallery.result.pictures)
                row += (("   sample ", "dim"), (f"{gallery.sample + 1} of {samples}", "strong"))
        return spread(row, state_row(self._model.snapshot), width)

    def _mean(self, width: int) -> Row:
        result = self._gallery.result
        return _mean_row(result, width) if result is not None else ()

    def _file(self, width: int) -> Row:
        name = self._gallery.picture
        if name is None:
            return ()
        left: Row = ((name, "dim"),)
        fitting = (region for region in self._regions() if len(name) + len(region) < width)
        return spread(left, ((next(fitting, ""), "text"),), width)

    def _regions(self) -> tuple[str, ...]:
        """Which part of the picture is seen, the shorter ways to say it last."""
        if self._picture is None:
            return ()
        where, (width, height) = self._picture.where, self._picture.size
        if where.whole:
            return (f"whole, {width}x{height}",)
        zoom = f"zoom {where.zoom:g}"
        region = f"{zoom}  {where.width}x{where.height} at {where.x},{where.y}"
        return (f"{region} of {width}x{height}", region, zoom)

    def _keys(self, width: int) -> Row:
        moved = ("left", "right", "up", "down") if self._zoomed else ()
        return footer_row(self.actions, width, {f"pictures.{way}": "Move" for way in moved})


def _mean_row(result: ValidationResult, width: int) -> Row:
    """The validation as a whole: PSNR of baseline and network, and the network's quality."""
    before, after = result.baseline, result.network
    left: Row = (
        (f"Mean of {result.images} images  ", "dim"),
        (f"{result.baseline_name} ", "dim"),
        (f"{decimal(before.psnr, 2)} dB  ", "text"),
        ("network ", "dim"),
        (f"{decimal(after.psnr, 2)} dB", "strong"),
        *gain_row(after.psnr - before.psnr, 2, " dB"),
    )
    return spread(left, (("quality ", "dim"), (decimal(after.quality, 1, "%"), "text")), width)
