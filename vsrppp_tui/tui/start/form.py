"""What has been filled in for a new run, field by field; knows nothing of the screen."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.start.new_run import Draft, Field, Recipe
from vsrppp_tui.tui.start.paths import pasted_path

SOURCE, RECIPE, RUN_DIR, START = "Source", "Recipe", "Run folder", "Start"


class Form:
    """The fields, which one is selected, and their texts; another recipe keeps texts of its own.

    Args:
        recipes: at least one.
        draft: what was filled in before.
    """

    def __init__(self, recipes: Sequence[Recipe], draft: Draft | None = None) -> None:
        self.recipes = tuple(recipes)
        names = [recipe.name for recipe in self.recipes]
        draft = draft or Draft()
        self._recipe = names.index(draft.recipe) if draft.recipe in names else 0
        self._place = 0
        # The selected value has not been touched: the first character replaces it.
        self._fresh = True
        self._source = LineEdit(draft.source)
        self._run_dir = LineEdit(draft.run_dir or self.recipe.run_dir)
        self._values = {
            recipe.name: {field.key: LineEdit(field.default) for field in recipe.fields}
            for recipe in self.recipes
        }
        for key, text in draft.values:
            if key in self._values[self.recipe.name]:
                self._values[self.recipe.name][key] = LineEdit(text)

    @property
    def recipe(self) -> Recipe:
        """The one that is chosen."""
        return self.recipes[self._recipe]

    @property
    def labels(self) -> tuple[str, ...]:
        """The rows, from top to bottom."""
        fields = (field.label for field in self.recipe.fields)
        return (SOURCE, RECIPE, RUN_DIR, *fields, START)

    @property
    def selected(self) -> str:
        """The label of the selected row."""
        return self.labels[self._place]

    @property
    def draft(self) -> Draft:
        """All of it."""
        texts = self._values[self.recipe.name]
        changed = (
            (field.key, texts[field.key].text.strip())
            for field in self.recipe.fields
            if texts[field.key].text.strip() != field.default
        )
        return Draft(
            self._source.text.strip(),
            self.recipe.name,
            self._run_dir.text.strip(),
            tuple(changed),
        )

    def field(self, label: str) -> Field | None:
        """The key of the configuration behind a row; None: it is another row."""
        return next((field for field in self.recipe.fields if field.label == label), None)

    def line(self, label: str) -> LineEdit | None:
        """The text of a row that is typed; None: it is chosen or pressed."""
        field = self.field(label)
        if field is not None:
            return None if field.choices else self._values[self.recipe.name][field.key]
        return {SOURCE: self._source, RUN_DIR: self._run_dir}.get(label)

    def chosen(self, label: str) -> str:
        """What a row that is chosen shows."""
        field = self.field(label)
        if field is None:
            return self.recipe.name
        return self._values[self.recipe.name][field.key].text

    def move(self, by: int) -> None:
        """Select another row, at most to the ends."""
        self._place = max(0, min(len(self.labels) - 1, self._place + by))
        self._fresh = True

    def select(self, label: str) -> None:
        """Select a row by its label; one that is not there changes nothing."""
        if label in self.labels:
            self._place = self.labels.index(label)

    def key(self, key: str, character: str | None) -> bool:
        """Give a key to the selected row; whether it had a use for it."""
        line = self.line(self.selected)
        if line is not None:
            fresh, self._fresh = self._fresh, False
            types = character is not None and character.isprintable()
            if fresh and types and self.field(self.selected) is not None:
                line.key("ctrl+u", None)
            return line.key(key, character)
        if key in ("left", "right", "space") and self.selected != START:
            self._cycle(-1 if key == "left" else 1)
            return True
        return character is not None and self._choose(character)

    def paste(self, text: str) -> None:
        """Paste into the selected row; a path where a path is wanted replaces what is there."""
        line = self.line(self.selected)
        if self.selected in (SOURCE, START) or line is None:
            self._source = LineEdit(pasted_path(text))  # a dropped file means the source
            self.select(SOURCE)
        elif self.selected == RUN_DIR:
            self._run_dir = LineEdit(pasted_path(text))
        else:
            line.insert(text.strip())

    def set_source(self, text: str) -> None:
        """Take another path as the source."""
        self._source = LineEdit(text)

    def _choose(self, character: str) -> bool:
        """Take the choice that begins with what was typed; whether there is one."""
        field = self.field(self.selected)
        known = sorted(field.choices, key=len) if field is not None else []
        found = next((choice for choice in known if choice.startswith(character)), None)
        if field is None or found is None:
            return False
        self._values[self.recipe.name][field.key] = LineEdit(found)
        return True

    def _cycle(self, by: int) -> None:
        field = self.field(self.selected)
        if field is not None:
            texts = self._values[self.recipe.name]
            known = field.choices
            at = known.index(texts[field.key].text) if texts[field.key].text in known else 0
            texts[field.key] = LineEdit(known[(at + by) % len(known)])
            return
        proposed = self._run_dir.text == self.recipe.run_dir
        self._recipe = (self._recipe + by) % len(self.recipes)
        if proposed:
            self._run_dir = LineEdit(self.recipe.run_dir)
