"""From a request to a trainer: every check comes before anything is written."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import torch

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.mixture import DataPlace
from vsrppp_tui.data.registry import open_data
from vsrppp_tui.data.run_data import ValidationImages
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.registry import build_loss
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.training.announce import announce
from vsrppp_tui.training.basis import Basis
from vsrppp_tui.training.checkpoint import (
    Loaded,
    load_file,
    load_newest,
    restore,
)
from vsrppp_tui.training.checkpoint_store import CheckpointStore
from vsrppp_tui.training.compiled import warm_up
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.controller import Controller
from vsrppp_tui.training.controllers import build_controller
from vsrppp_tui.training.feed import Feed, epoch_values, worker_count
from vsrppp_tui.training.guard import Guard
from vsrppp_tui.training.machine import MachineSampler
from vsrppp_tui.training.micro_batch import limit_basis
from vsrppp_tui.training.parts import Parts
from vsrppp_tui.training.precision import (
    Precision,
    choose_precision,
    prepare_device,
)
from vsrppp_tui.training.ranks import ALONE, Ranks
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.request import RunRequest, StoppedEarly
from vsrppp_tui.training.resume import ResumePlan, plan_resume
from vsrppp_tui.training.settings import Settings
from vsrppp_tui.training.shared_control import SharedControl
from vsrppp_tui.training.shared_validation import SharedValidator
from vsrppp_tui.training.state import Progress
from vsrppp_tui.training.step import TrainingStep
from vsrppp_tui.training.trainer import Trainer
from vsrppp_tui.training.tune_run import tuned
from vsrppp_tui.training.validation import Validator
from vsrppp_tui.training.warm_start import begin_with

CUTTING = "Cutting patches from the clip"
DECODING = "Decoding patches"


def assemble(
    request: RunRequest, control: ControlPoint, reporter: Reporter, ranks: Ranks = ALONE
) -> Trainer:
    """Check everything, build the parts, open the records.

    Of several ranks the first does it before the others: they find what it has prepared and decoded.

    Raises:
        UserError: something the user can put right; nothing has been written.
        StoppedEarly: a stop was asked for meanwhile.
    """

    def begin(label: str, done: int = 0, total: int = 0) -> None:
        if control.stop_cause is not None:
            raise StoppedEarly
        reporter.task(label, done, total)

    begun_with = ranks.wait_for_leader(lambda: control.stop_cause is not None)
    if not ranks.leads:
        request = dataclasses.replace(request, resume_from=begun_with and Path(begun_with))
    if request.prepare is not None:
        begin(CUTTING)
        request.prepare(functools.partial(begin, CUTTING))
    begin("Reading the checkpoint" if request.resume else "Checking the configuration")
    loaded = _load(request)
    plan = _plan(request, loaded)
    config = plan.config
    ranks.require_shareable(config)
    device = ranks.device(request.device)
    prepare_device(device)
    precision = choose_precision(device, config.precision)
    begin("Checking every picture of the dataset")
    data = open_data(config, request.data_record, resumed=loaded is not None)
    if loaded is None:
        _require_tuned(config, ranks)
        config = tuned(config, request.device, data.largest, begin, reporter)
        plan = ResumePlan(config, (), ())
    begin("Building the network and its loss")
    step = _build_step(request, loaded, plan, device, precision, reporter, ranks)
    progress = _progress(request, config, loaded, step)
    sources = data.sources(
        functools.partial(begin, DECODING), lambda text: reporter.event("cache", text)
    )
    ranks.follow_me(None if loaded is None else str(loaded.path.resolve()))
    if config.compile:
        warm_up(step, config, sources, begin, ranks.share)
    step.join()
    begin("Opening the records")
    basis = Basis(request, reporter, plan, loaded, data, sources, step, progress, ranks)
    ranks.exchange([0])  # rank 0 changes nothing on the disk before all have read
    return _start(basis, control if ranks.world == 1 else SharedControl(control, ranks, reporter))


def _require_tuned(config: RunConfig, ranks: Ranks) -> None:
    if config.wants_tuning and ranks.world > 1:
        raise UserError(
            f"Auto-tune measures one device, and this run has {ranks.world} ranks: find the size with "
            "`vsrppp tune CONFIG` first, or set AUTO_TUNED=true."
        )


def _load(request: RunRequest) -> Loaded | None:
    if not request.resume:
        return None
    if request.resume_from is not None:
        return load_file(request.resume_from)
    loaded = load_newest(request.run_dir)
    if loaded is None:
        raise UserError(f"No checkpoint in {request.run_dir} to resume from: start with --fresh.")
    return loaded


def _plan(request: RunRequest, loaded: Loaded | None) -> ResumePlan:
    if loaded is None:
        return ResumePlan(request.config, (), ())
    return plan_resume(loaded.config, loaded.step, request.recorded, request.sources)


def _build_step(
    request: RunRequest,
    loaded: Loaded | None,
    plan: ResumePlan,
    device: torch.device,
    precision: Precision,
    reporter: Reporter,
    ranks: Ranks,
) -> TrainingStep:
    config = plan.config
    loss = build_loss(plan.config, device, plan.later)
    torch.manual_seed(config.seed)
    network = build_network(config)
    if loaded is None and request.init_weights is not None:
        for line in begin_with(network, request.init_weights, config):
            reporter.event("warm start", line)
    return TrainingStep(network, loss, config, device, precision, ranks)


def _progress(
    request: RunRequest, config: RunConfig, loaded: Loaded | None, step: TrainingStep
) -> Progress:
    if loaded is not None:
        return restore(loaded, step)
    finetune = request.init_weights is not None
    return Progress(
        data=DataPlace(0, (0,) * max(1, len(config.format_names))),
        epoch_values=epoch_values(config),
        training_phase="finetune" if finetune else "pretrain",
        init_weights=str(request.init_weights) if finetune else None,
    )


def _start(basis: Basis, control: ControlPoint) -> Trainer:
    config, step, data = basis.plan.config, basis.step, basis.data
    reporter = basis.reporter
    machine = MachineSampler(basis.request.run_dir, gpu=_nvml_name(step.device))
    meters = reporter.begin_steps(
        step.network.blocks, step.loss.names, step.device, machine, step.loss.measures
    )
    if basis.loaded is not None and not basis.loaded.weights_alone:
        meters.restore(basis.loaded.state["metrics_state"])
    guard = _guard(basis.loaded, step, config)
    controller = _controller(basis)
    settings = Settings(
        config,
        basis.plan.scheduled,
        step.loss,
        basis.progress,
        reporter,
        basis.request.recorded,
        basis.ranks,
    )
    announce(basis, settings)
    parts = Parts(
        settings=settings,
        step=step,
        validator=_validator(basis, control, data.val),
        tester=None if data.test is None else _validator(basis, control, data.test),
        progress=basis.progress,
        feed=Feed(
            basis.sources,
            config,
            basis.progress,
            workers=worker_count(config, basis.sources),
            share=basis.ranks.share,
        ),
        train_samples=data.count,
        fingerprint=data.fingerprint,
        store=CheckpointStore(basis.request.run_dir, config.recipe, config.files),
        controller=controller,
        meters=meters,
        guard=guard,
        run_dir=basis.request.run_dir,
        ranks=basis.ranks,
        stop_at=basis.request.stop_at,
    )
    return Trainer(parts, control, reporter)


def _validator(basis: Basis, control: ControlPoint, images: ValidationImages) -> Validator:
    step, baseline = basis.step, basis.plan.config.baseline
    if isinstance(control, SharedControl):
        return SharedValidator(
            images, step.loss, step.device, step.precision, baseline, basis.ranks, control
        )
    return Validator(images, step.loss, step.device, step.precision, baseline)


def _controller(basis: Basis) -> Controller:
    """The controller, as the checkpoint left it."""
    reporter, step, loaded = basis.reporter, basis.step, basis.loaded
    controller = build_controller(basis.plan.config, step.loss, step.device, reporter.event)
    if loaded is not None and not loaded.weights_alone:
        controller.restore(loaded.state["controller"], loaded.step)
    return controller


def _guard(loaded: Loaded | None, step: TrainingStep, config: RunConfig) -> Guard:
    """The guard, with bad steps and micro-batch of the checkpoint."""
    guard = Guard(step.device)
    if loaded is not None and not loaded.weights_alone:
        step.bad_streak.fill_(guard.restore(loaded.state["guard"], loaded.step))
        basis = limit_basis(config, step.device, step.precision)
        step.limit.restore(loaded.state["micro_batch"], basis)
    return guard


def _nvml_name(device: torch.device) -> str | None:
    """The GPU as NVML knows it: by UUID, since NVML's numbers ignore CUDA_VISIBLE_DEVICES."""
    if device.type != "cuda":
        return None
    return f"GPU-{torch.cuda.get_device_properties(device).uuid}"
