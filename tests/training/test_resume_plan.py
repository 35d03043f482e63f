"""Which configuration a resumed run has."""

from __future__ import annotations

import pytest

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.resume import ScheduledEdit, plan_resume

CHECKPOINT = build_config({"LR_EXPONENT": -4, "N_FEATS": 8, "NUM_WORKERS": 0})


def test_without_edits_the_checkpoint_decides() -> None:
    plan = plan_resume(CHECKPOINT, 100, [], [("train_config.json", CHECKPOINT.to_file())])
    assert plan.config == CHECKPOINT
    assert not plan.edits_now
    assert not plan.scheduled


def test_later_edits_come_at_their_own_steps() -> None:
    edits = [
        ScheduledEdit(50, {"LR_EXPONENT": -3.5}, "dashboard"),
        ScheduledEdit(120, {"LR_EXPONENT": -5.0}, "dashboard"),
    ]
    written = CHECKPOINT.to_file() | {"LR_EXPONENT": -5.0}
    plan = plan_resume(CHECKPOINT, 100, edits, [("train_config.json", written)])
    assert plan.config == CHECKPOINT
    assert plan.scheduled == (ScheduledEdit(120, {"LR_EXPONENT": -5.0}, "dashboard"),)
    assert not plan.edits_now


def test_a_difference_in_the_file_is_an_edit_now_and_outranks_a_later_one() -> None:
    edits = [ScheduledEdit(120, {"LR_EXPONENT": -5.0, "GRAD_CLIP": 1.0}, "dashboard")]
    plan = plan_resume(CHECKPOINT, 100, edits, [("train_config.json", {"LR_EXPONENT": -6.0})])
    assert plan.config.to_file()["LR_EXPONENT"] == -6.0
    assert [dict(edit.changes) for edit in plan.edits_now] == [{"LR_EXPONENT": -6.0}]
    assert plan.scheduled == (ScheduledEdit(120, {"GRAD_CLIP": 1.0}, "dashboard"),)


def test_the_command_line_outranks_the_file() -> None:
    sources = [("train_config.json", {"GRAD_CLIP": 1.0}), ("command line", {"GRAD_CLIP": 2.0})]
    plan = plan_resume(CHECKPOINT, 100, [], sources)
    assert plan.config.grad_clip == 2.0
    [edit] = plan.edits_now  # what is outranked has never been in force
    assert (edit.who, edit.changes, edit.before) == (
        "command line",
        {"GRAD_CLIP": 2.0},
        {"GRAD_CLIP": 0.0},
    )


def test_the_command_that_began_a_run_goes_on_with_it() -> None:
    """CONFIG alone would change the network; with what was set beside it, it does not."""
    values = {
        "RECIPE": "vsrpp",
        "MODEL.base_channels": 128,
        "DATA.formats": ["small_540"],
        "TRAINING.batch_size": {"small_540": 4},
    }
    assigned = {
        "MODEL.base_channels": 8,
        "DATA.formats": ["96x96"],
        "TRAINING.batch_size": {"96x96": 2},
    }
    checkpoint = build_config({**values, **assigned})
    sources = [("config.yaml", values), ("command line", assigned)]
    plan = plan_resume(checkpoint, 100, [], sources)
    assert (plan.config, plan.edits_now) == (checkpoint, ())
    with pytest.raises(UserError, match=r"base_channels = 128 \(config\.yaml\)"):
        plan_resume(checkpoint, 100, [], [("config.yaml", values)])


def test_keys_that_wait_for_a_restart_take_effect_now() -> None:
    edits = [ScheduledEdit(120, {"NUM_WORKERS": 2}, "dashboard")]
    written = CHECKPOINT.to_file() | {"NUM_WORKERS": 2}
    plan = plan_resume(CHECKPOINT, 100, edits, [("train_config.json", written)])
    assert plan.config.num_workers == 2
    assert not plan.scheduled


@pytest.mark.parametrize("changes", [{"N_FEATS": 16}, {"SEED": 5}])
def test_the_network_cannot_change(changes: dict[str, int]) -> None:
    with pytest.raises(UserError, match=next(iter(changes))):
        plan_resume(CHECKPOINT, 100, [], [("command line", changes)])


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(UserError, match="BATCHSIZE"):
        plan_resume(CHECKPOINT, 100, [], [("command line", {"BATCHSIZE": 1})])


def test_a_later_decision_at_an_earlier_step_replaces_what_was_to_come() -> None:
    # Resumed at 50 with --set after an edit at 60: the journal then goes back in steps.
    edits = [
        ScheduledEdit(60, {"GRAD_CLIP": 2.0, "WEIGHT_DECAY": 0.5}, "dashboard"),
        ScheduledEdit(50, {"GRAD_CLIP": 3.0}, "command line"),
    ]
    written = CHECKPOINT.to_file() | {"GRAD_CLIP": 3.0, "WEIGHT_DECAY": 0.5}
    plan = plan_resume(CHECKPOINT, 50, edits, [("train_config.json", written)])
    assert plan.scheduled == (
        ScheduledEdit(50, {"GRAD_CLIP": 3.0}, "command line"),
        ScheduledEdit(60, {"WEIGHT_DECAY": 0.5}, "dashboard"),
    )
    assert not plan.edits_now


def test_a_run_cannot_be_shortened_to_before_the_resume_step() -> None:
    with pytest.raises(UserError, match="MAX_STEPS = 3"):
        plan_resume(CHECKPOINT, 6, [], [("command line", {"MAX_STEPS": 3})])
