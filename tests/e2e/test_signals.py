"""SIGTERM at a chosen moment of the real program: 143 within five seconds, and an exact resume."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import write_dataset
from tests.e2e.terminal import ROOT
from tests.engine import TINY, digests, load, train

pytestmark = pytest.mark.e2e

OPTIONS = {"MAX_STEPS": 9, "SAVE_STEP_EVERY": 6, "VAL_STEP_EVERY": 6}
STOP_SECONDS = 5.0  # what the program promises at this size

# The program, with one of its methods held up at its nth call until the test has sent its signal.
_HELD_UP = """
import sys, time
from importlib import import_module
from pathlib import Path
module, owner, method, call, sent, *arguments = sys.argv[1:]
owner = getattr(import_module(module), owner)
real, calls = getattr(owner, method), []
def held_up(*given, **named):
    calls.append(1)
    if len(calls) == int(call):
        print("here", flush=True)
        while not Path(sent).exists():
            time.sleep(0.005)
    return real(*given, **named)
if __name__ == "__main__":
    setattr(owner, method, held_up)
    from vsrppp_tui.cli import main
    sys.argv = ["vsrppp", *arguments]
    main()
"""

# Two micro-batches a step, two images a validation; latest.pth is written at step 0 first.
MOMENTS = {
    "step": ("vsrppp_tui.data.loader", "TrainLoader", "next", 9),
    "validation": ("vsrppp_tui.training.validation", "Validator", "_image", 1),
    "save": ("vsrppp_tui.training.checkpoint_store", "CheckpointStore", "save_latest", 2),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dataset, config.json and ``whole``, a run without a break."""
    folder = tmp_path_factory.mktemp("whole")
    data = write_dataset(folder / "dataset")
    values = {**TINY, **OPTIONS, "DATASET_ROOT": str(data)}
    (folder / "config.json").write_text(json.dumps(values))
    train(data, folder / "whole", **OPTIONS)
    return folder


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("moment", MOMENTS)
def test_sigterm_ends_within_five_seconds_and_resumes_exactly(
    whole: Path, moment: str, workers: int
) -> None:
    name = f"{moment}-{workers}"
    run_dir, sent = whole / name, whole / f"{name}.sent"
    held = [str(part) for part in MOMENTS[moment]]
    arguments = ["train", "config.json", "--headless", "--run-dir", name]
    arguments += ["--set", f"NUM_WORKERS={workers}"]
    with subprocess.Popen(
        [sys.executable, "-c", _HELD_UP, *held, str(sent), *arguments],
        cwd=whole,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        before = []
        for line in process.stdout:
            before.append(line)
            if line == "here\n":
                break
        assert process.poll() is None, "".join(before)
        process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        sent.touch()
        output = process.communicate(timeout=60)[0]
        seconds = time.monotonic() - asked
    assert process.returncode == 143, "".join(before) + output
    assert seconds < STOP_SECONDS
    assert "Traceback" not in output
    emergency = load(run_dir, "checkpoint_emergency.pth")["step"]
    assert emergency == 4 if moment == "step" else emergency >= 6
    assert not list((run_dir / "checkpoints").glob(".*")), "something half-written"
    train(whole / "dataset", run_dir, resume=True, assignments=["NUM_WORKERS=0"])
    resumed, expected = digests(run_dir), digests(whole / "whole")
    assert resumed == expected
