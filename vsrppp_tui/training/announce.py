"""How a run begins for those who look at it: what it is, what it goes on from, what they should know."""

from __future__ import annotations

from vsrppp_tui.training.basis import Basis
from vsrppp_tui.training.checkpoint import Loaded
from vsrppp_tui.training.precision import describe_device
from vsrppp_tui.training.ranks import Ranks
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.request import RunStart
from vsrppp_tui.training.settings import Settings


def announce(basis: Basis, settings: Settings) -> None:
    """Describe the run, open its records, and tell how it begins."""
    reporter, step, loaded = basis.reporter, basis.step, basis.loaded
    data = basis.data
    reporter.describe(
        device=_devices(basis),
        precision=step.precision.name,
        parameters=sum(parameter.numel() for parameter in step.network.parameters()),
        train_samples=data.count,
        val_samples=data.val.count,
        scale=settings.config.scale,
        training_phase=basis.progress.training_phase,
    )
    reporter.update(step=basis.progress.step)
    settings.publish()
    start = RunStart(
        run=reporter.snapshot.run,
        config=settings.config,
        eventual=settings.eventual,
        resume_step=loaded.step if loaded else None,
        blocks=step.network.blocks,
        files=data.files,
    )
    records, notices = basis.request.open_records(start)
    reporter.attach(records)
    if loaded is None:
        reporter.event(
            "started", f"{data.count} training patches, {data.val.count} validation images"
        )
    else:
        _announce_resume(reporter, loaded, data.fingerprint, basis.ranks)
    once = () if loaded is not None else settings.config.notices
    for notice in (*notices, *data.notices, *step.loss.notices, *once):
        reporter.event("notice", notice)
    for edit in basis.plan.edits_now:
        settings.record(edit)


def _devices(basis: Basis) -> str:
    world, name = basis.ranks.world, describe_device(basis.step.device)
    return name if world == 1 else f"{world} ranks on {name}"


def _announce_resume(reporter: Reporter, loaded: Loaded, fingerprint: str, ranks: Ranks) -> None:
    reporter.event("resumed", f"from {loaded.path.name}")
    if loaded.weights_alone:
        text = f"{loaded.path.name} holds weights alone: the optimizer starts afresh."
        reporter.event("notice", text)
    for path, reason in loaded.damaged:
        text = f"{path.name} is damaged and was passed over: {reason}"
        reporter.alert(f"damaged {path.name}", text)
    world = loaded.state.get("ranks", 1)  # earlier versions knew of one
    if world != ranks.world:
        text = (
            f"The checkpoint was written by {world} rank{'s' if world > 1 else ''}, and {ranks.world} go on: "
            "the same samples in the same order, but sums are rounded otherwise, so it is not bit-exact."
        )
        reporter.event("notice", text)
    if loaded.state["data_fingerprint"] != fingerprint:
        reporter.alert(
            "data",
            "The training patches have changed since the checkpoint; samples come in a new order.",
        )
