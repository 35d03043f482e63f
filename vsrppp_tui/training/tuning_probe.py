"""Measures one candidate of auto-tune in a process of its own: its memory and the time of its steps.

Run as ``python -m vsrppp_tui.training.tuning_probe`` by `measure`: takes one JSON object on stdin, writes
one to stdout. A fresh process has a clean peak of memory, and may run out of it without harm.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.autotune import Candidate, Limits, Measurement

STEPS = 3  # that are timed, after one that is not
_LOOK_SECONDS = 0.02
_TOO_MUCH = 77  # exit code of a probe that reached all the memory allowed


@dataclass(frozen=True, slots=True)
class Probe:
    """What every candidate is measured with."""

    config: RunConfig  # its sizes are replaced by those of the candidate
    device: str
    lr_height: int
    lr_width: int
    limits: Limits

    def measure(
        self, candidate: Candidate, between: Callable[[], None] = lambda: None
    ) -> Measurement:
        """Train a candidate for a few steps; what `between` raises while it runs ends it at once.

        Raises:
            UserError: the configuration cannot be trained here (no VGG19 weights, say).
            RuntimeError: the process failed for another reason than memory.
        """
        job = {
            "config": self.config.to_file() | candidate.keys_for(self.config),
            "device": self.device,
            "shape": [candidate.batch, self.config.frames, self.lr_height, self.lr_width, 3],
            "accumulation": candidate.accumulation,
            "memory": self.limits.memory,
            "seconds": self.limits.seconds,
        }
        found = _measure(job, str(candidate), between)
        return Measurement(candidate, found["memory"], found["seconds"], found["problem"])


def measure_step(
    config: RunConfig,
    device: str,
    samples: tuple[int, int, int],
    limits: Limits,
    between: Callable[[], None] = lambda: None,
) -> tuple[int | None, float | None, str]:
    """Train a configuration as it is for a few steps of one micro-batch each.

    `samples` are their number, and the height and width of their LR frames. Returns the peak of memory in
    bytes, the seconds of a step, and why it did not get through, which is empty where it did.

    Raises:
        UserError: as `Probe.measure`.
        RuntimeError: as `Probe.measure`.
    """
    count, height, width = samples
    job = {
        "config": config.to_file(),
        "device": device,
        "shape": [count, config.frames, height, width, 3],
        "accumulation": 1,
        "memory": limits.memory,
        "seconds": limits.seconds,
    }
    found = _measure(job, f"a step of {count} samples", between)
    return found["memory"], found["seconds"], found["problem"]


def _measure(job: dict[str, Any], what: str, between: Callable[[], None]) -> dict[str, Any]:
    code, out, err = _run(json.dumps(job), between)
    if code == 0:
        found: dict[str, Any] = json.loads(out)
        if "refused" in found:
            raise UserError(found["refused"])
        return found
    if code in (_TOO_MUCH, -9):  # -9: the system was faster
        return {"memory": None, "seconds": None, "problem": "out of memory"}
    raise RuntimeError(f"The measurement of {what} failed with exit code {code}: {err[-2000:]}")


def _run(job: str, between: Callable[[], None]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a probe; the two go to files, since nobody reads meanwhile."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            text=True,
            start_new_session=True,  # a key typed for the trainer is not meant for it
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        try:
            _wait(process, job, between)
        finally:
            process.kill()
            process.communicate()
        out.seek(0), err.seek(0)
        return process.returncode, out.read(), err.read()


def _wait(process: subprocess.Popen[str], job: str, between: Callable[[], None]) -> None:
    assert process.stdin is not None
    process.stdin.write(job + "\n")
    process.stdin.flush()  # and stays open: its end tells the probe that the parent is gone
    while process.poll() is None:
        between()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)


def _probe(job: dict[str, Any]) -> dict[str, Any]:
    """Build the candidate and take its steps."""
    import torch

    from vsrppp_tui.config.edit import build_config
    from vsrppp_tui.training.precision import choose_device

    device = choose_device(job["device"])
    if device.type == "cpu":
        threading.Thread(target=_watch_memory, args=(job["memory"],), daemon=True).start()
    try:
        seconds = _time_steps(build_config(job["config"]), device, job)
    except torch.OutOfMemoryError:
        return {"memory": None, "seconds": None, "problem": "out of memory"}
    return {"memory": _peak(device), "seconds": seconds, "problem": ""}


def _time_steps(config: RunConfig, device: Any, job: dict[str, Any]) -> float:
    import torch

    from vsrppp_tui.data.batch import Batch
    from vsrppp_tui.losses.registry import build_loss
    from vsrppp_tui.models.registry import build_network
    from vsrppp_tui.training.controllers import build_controller
    from vsrppp_tui.training.precision import choose_precision
    from vsrppp_tui.training.step import TrainingStep

    samples, _frames, height, width, _channels = job["shape"]
    scale = config.scale
    batch = Batch(
        torch.randint(0, 256, job["shape"], dtype=torch.uint8),
        torch.randint(0, 256, (samples, height * scale, width * scale, 3), dtype=torch.uint8),
        [(False, False, 0)] * samples,
        0,
    )
    precision = choose_precision(device, config.precision)
    loss = build_loss(config, device)
    step = TrainingStep(build_network(config), loss, config, device, precision)
    controller = build_controller(config, loss, device, lambda *event: None)
    times: list[float] = []
    for number in range(1 + STEPS):
        started = time.perf_counter()
        decision = controller.decide(number, config)
        row = step.run(lambda: batch, config, decision, lambda: False, job["accumulation"])
        assert row is not None
        row.tolist()  # waits for the device
        times.append(time.perf_counter() - started)
        if number and times[-1] > 2 * job["seconds"]:
            break  # far too slow: the others would only cost time
    return median(times[1:])


def _peak(device: Any) -> int:
    """The most memory that was in use, in bytes: the device's, or without a GPU the process's."""
    import torch

    if device.type == "cuda":
        return int(torch.cuda.max_memory_reserved(device))
    # Not ru_maxrss: that begins with the peak of the process that started this one.
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


def _watch_memory(allowed: int) -> None:
    """End this process before the machine itself runs out of memory."""
    import psutil

    process = psutil.Process()
    while process.memory_info().rss < allowed:
        time.sleep(_LOOK_SECONDS)
    os._exit(_TOO_MUCH)


def _end_with_the_parent() -> None:
    sys.stdin.read()  # returns when the other end is gone
    os._exit(1)


def main() -> None:
    """Read the job, measure, answer."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        answer = _probe(job)
    except UserError as error:
        answer = {"refused": str(error)}
    print(json.dumps(answer), flush=True)
    os._exit(0)  # the collections at the interpreter's end would walk through all of torch


if __name__ == "__main__":
    main()
