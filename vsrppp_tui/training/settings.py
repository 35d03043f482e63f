"""The configuration in force, and the edits that change it while a run is under way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from vsrppp_tui.config.edit import edit_config, require_editable, whole_values
from vsrppp_tui.config.key import Effect
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.training.ranks import ALONE, Ranks
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.resume import AppliedEdit, ScheduledEdit, stages, without
from vsrppp_tui.training.state import Progress


class Settings:
    """Holds the configuration; an edit is validated, applied, told to the records, or refused whole."""

    def __init__(
        self,
        config: RunConfig,
        scheduled: Sequence[ScheduledEdit],
        loss: Loss,
        progress: Progress,
        reporter: Reporter,
        recorded: Sequence[ScheduledEdit] = (),
        ranks: Ranks = ALONE,
    ) -> None:
        """`recorded`: every edit of the run's journal, also those that are part of `config`."""
        self._ranks = ranks
        self.config = config
        self._started = config
        self._scheduled = sorted(scheduled, key=lambda edit: edit.step)
        self._loss = loss
        self._progress = progress
        self._reporter = reporter
        self._journal = list(recorded)

    @property
    def eventual(self) -> RunConfig:
        """The configuration once every scheduled edit has come: what train_config.json shows.

        Were the file to show the present one, a second kill would turn the difference into an edit that
        takes the scheduled ones back.
        """
        return (self.config, *stages(self.config, self._scheduled))[-1]

    @property
    def pending(self) -> dict[str, str]:
        """What each key waits for whose value is not in force yet."""
        now, started = self.config.to_file(), self._started.to_file()
        waiting = {
            name: str(info.effect)
            for name, info in type(self.config).keys().items()
            if info.effect is Effect.RESTART and now[name] != started[name]
        }
        for name, value in self._progress.epoch_values.items():
            if now[name] != value:
                waiting[name] = str(Effect.NEXT_EPOCH)
        return waiting

    def replay(self, step: int) -> None:
        """Apply the edits that an interrupted run had recorded for this step boundary."""
        while self._scheduled and self._scheduled[0].step <= step:
            edit = self._scheduled.pop(0)
            try:
                self.apply(edit.changes, edit.who, step, replayed=True)
            except UserError as error:
                self._reporter.alert("edits.jsonl", f"A recorded edit no longer applies: {error}")

    def apply(
        self,
        changes: Mapping[str, Any],
        who: str,
        step: int,
        *,
        replayed: bool = False,
        also: Collection[str] = (),
    ) -> dict[str, Any]:
        """Take over an edit, all of it or none; returns the keys that changed with their values.

        `also`: keys of `changes` that are recorded even where their value stays.

        Raises:
            UserError: a key or value is not allowed, or cannot change in an existing run.
        """
        changes = whole_values(type(self.config), changes, self.config.to_file())
        new = edit_config(self.config, changes)
        before, after = self.config.to_file(), new.to_file()
        changed = {
            name: after[name] for name in changes if after[name] != before[name] or name in also
        }
        require_editable(new, changed, step)
        self._ranks.require_shareable(new)
        self._loss.configure(new)
        self.config = new
        if not replayed:  # what is decided now outlives what was decided before the resume
            edits = [without(edit, changes) for edit in self._scheduled]
            self._scheduled = [edit for edit in edits if edit.changes]
        if changed:
            # A replayed edit stands in edits.jsonl already: another kind, which only the log keeps.
            self._tell("edit replayed" if replayed else "edit", before, changed, who)
            if not replayed:
                self._journal.append(ScheduledEdit(step, changed, who))
        self.publish()
        return changed

    def decide_anew(self, step: int, changes: Mapping[str, Any], who: str) -> None:
        """Apply `changes` to a run that went back to `step`, and record what else is in force there.

        What was edited after `step` stays. Recorded again, it takes the place of those lines of the
        journal, which a resume from `step` would otherwise replay at their old steps.
        """
        eventual = self.eventual.to_file()
        later = {name for edit in self._journal if edit.step > step for name in edit.changes}
        self.apply({n: eventual[n] for n in later} | dict(changes), who, step, also=later)

    def record(self, edit: AppliedEdit) -> None:
        """Tell the records of an edit that the configuration began with, on a resume."""
        self._journal.append(ScheduledEdit(self._progress.step, edit.changes, edit.who))
        self._tell("edit", edit.before, edit.changes, edit.who)

    def _tell(
        self, kind: str, before: Mapping[str, Any], changed: Mapping[str, Any], who: str
    ) -> None:
        text = ", ".join(f"{name} {before[name]} -> {value}" for name, value in changed.items())
        record = {
            "changes": {
                name: {"old": before[name], "new": value} for name, value in changed.items()
            },
            "who": who,
            "config": self.eventual.to_file(),
        }
        self._reporter.event(kind, f"{text} ({who})", data=record)

    def publish(self) -> None:
        """Show the configuration on the screens."""
        self._reporter.update(
            config=self.config.to_file(),
            pending=self.pending,
            total_steps=self.config.max_steps,
        )
