"""`vsrppp wqv` and `wqv-upscale-trainer`: every option, the frozen configuration, what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.e2e.runs import command
from tests.wqv import TINY, run_wqv, write_images
from vsrppp_tui import cli
from vsrppp_tui.models.rrdb import RRDBNet

Program = Callable[..., tuple[int, str, str]]

# Each option with a value of its own, and the key and value that it makes.
OPTIONS: list[tuple[str, str | None, str, Any]] = [
    ("--scale", "2", "SCALE", 2),
    ("--steps", "77", "MAX_STEPS", 77),
    ("--batch-size", "3", "BATCH_SIZE", 3),
    ("--grad-accum-steps", "2", "ACCUMULATION_STEPS", 2),
    ("--lr", "3e-4", "LR", 3e-4),
    ("--device", "cpu", "DEVICE", "cpu"),
    ("--no-amp", None, "PRECISION", "fp32"),
    ("--monochrome-style", None, "MONOCHROME_STYLE", True),
    ("--tensorboard", None, "TENSORBOARD", True),
    ("--patches-per-image", "5", "PATCHES_PER_IMAGE", 5),
    ("--train-split", "0.6", "TRAIN_SPLIT", 0.6),
    ("--val-split", "0.2", "VAL_SPLIT", 0.2),
    ("--seed", "9", "SEED", 9),
    ("--num-workers", "1", "NUM_WORKERS", 1),
    ("--val-interval", "11", "VAL_STEP_EVERY", 11),
    ("--checkpoint-interval", "12", "SAVE_STEP_EVERY", 12),
    ("--log-interval", "13", "LOG_TBOARD_EVERY", 13),
    ("--image-log-interval", "14", "IMAGE_LOG_INTERVAL", 14),
    ("--ema-decay", "0.9", "EMA_DECAY", 0.9),
    ("--gradient-clip", "0.7", "GRAD_CLIP", 0.7),
    ("--l1-weight", "0.8", "L1_WEIGHT", 0.8),
    ("--perceptual-weight", "0.2", "PERCEPTUAL_WEIGHT", 0.2),
    ("--vgg-weights", "vgg.pth", "VGG_WEIGHTS", "vgg.pth"),
    ("--base-resolution", "48", "BASE_RESOLUTION", 48),
    ("--monochrome-levels", "8", "MONOCHROME_LEVELS", 8),
    ("--monochrome-noise", "0.02", "MONOCHROME_NOISE", 0.02),
    ("--num-feat", "32", "NUM_FEAT", 32),
    ("--num-block", "4", "NUM_BLOCK", 4),
]
OTHERS = ("--resume", "--init-weights", "--init-arch", "--config-only", "--fresh", "--headless")


@pytest.fixture
def program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Program:
    """Run `wqv-upscale-trainer` with arguments in this process: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["wqv-upscale-trainer", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.wqv_main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return run


def resolved(program: Program, *arguments: str) -> dict[str, Any]:
    code, out, err = program("src", "work", *arguments, "--config-only")
    assert code == 0, err
    values: dict[str, Any] = json.loads(out)
    return values


def test_every_option_is_in_the_help(program: Program) -> None:
    code, out, _ = program("--help")
    assert code == 0
    words = out.split()
    for name in (*(option for option, *_ in OPTIONS), *OTHERS):
        assert name in words, name


def test_every_option_sets_its_key(program: Program, tmp_path: Path) -> None:
    before = resolved(program)
    for _, _, key, value in OPTIONS:
        assert before[key] != value
    typed = [word for option, value, *_ in OPTIONS for word in (option, value) if word is not None]
    after = resolved(program, *typed)
    for option, _, key, value in OPTIONS:
        assert after[key] == value, option
    assert after["DERIVED"]["EFFECTIVE_BATCH"] == 6
    assert after["DERIVED"]["TARGET_SIDE"] == 96
    assert (after["DERIVED"]["AMP"], after["DERIVED"]["DEVICE"]) == (False, "cpu")
    assert not list(tmp_path.iterdir()), "nothing is written"


def test_defaults_are_those_of_the_original(program: Program) -> None:
    values = resolved(program)
    expected = {
        "SCALE": 4, "MAX_STEPS": 200_000, "BATCH_SIZE": 16, "ACCUMULATION_STEPS": 1, "LR": 2e-4,
        "PATCHES_PER_IMAGE": 16, "TRAIN_SPLIT": 0.8, "VAL_SPLIT": 0.1, "SEED": 1337, "NUM_WORKERS": 4,
        "VAL_STEP_EVERY": 5000, "SAVE_STEP_EVERY": 10_000, "LOG_TBOARD_EVERY": 100,
        "IMAGE_LOG_INTERVAL": 2000, "EMA_DECAY": 0.999, "GRAD_CLIP": 0.5, "L1_WEIGHT": 1.0,
        "PERCEPTUAL_WEIGHT": 0.1, "BASE_RESOLUTION": 120, "MONOCHROME_LEVELS": 16,
        "MONOCHROME_NOISE": 0.01, "NUM_FEAT": 64, "NUM_BLOCK": 23, "TENSORBOARD": False,
        "MONOCHROME_STYLE": False, "INIT_WEIGHTS": None, "INIT_ARCH": "auto",
    }  # fmt: skip
    assert {name: values[name] for name in expected} == expected
    assert values["WARM_START"] is None and values["RESUME"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--resume", "a.pth", "--init-weights", "b.pth"], "--init-weights begins a new run and"),
        (["--resume", "a.pth", "--fresh"], "--fresh starts anew and --resume goes on"),
        (["--resume", "a.pth"], "a.pth: there is no such file"),
        (["--resume", "other.pth"], "is not in work/checkpoints"),
        (["--init-arch", "rrdb"], "give both, or neither"),
        (["--init-arch", "srvgg", "--init-weights", "other.pth"], "one of auto, rrdb"),
        (["--init-weights", "a.pth"], "no file a.pth"),
        (["--init-weights", "other.pth"], "is no RRDB network"),
        (["--init-weights", "rrdb.pth", "--num-feat", "9"], "--num-feat 9 contradicts rrdb.pth"),
        (["--monochrome-levels", "4"], "works with --monochrome-style alone"),
        (["--scale", "3"], "SCALE = 3 is not allowed: it takes one of 2, 4, 8"),
        (["--train-split", "0.9", "--val-split", "0.2"], "more than the whole"),
        (["--l1-weight", "0", "--perceptual-weight", "0"], "both 0"),
        (["--device", "tpu"], "DEVICE = 'tpu' is not allowed"),
        (["--batch-size", "0"], "BATCH_SIZE = 0 is not allowed"),
    ],
)
def test_wrong_combinations_end_with_a_sentence(
    program: Program, tmp_path: Path, arguments: list[str], words: str
) -> None:
    torch.save({"body.0.weight": torch.zeros(1), "body.1.weight": torch.zeros(1)}, "other.pth")
    torch.save({"params_ema": RRDBNet(4, 8, 1).state_dict()}, "rrdb.pth")
    code, out, err = program("src", "work", *arguments, "--config-only")
    assert code == 2 and not out
    assert words in err and err.count("\n") == 1 and "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.pth", "rrdb.pth"]


def test_a_warm_start_is_described(program: Program) -> None:
    torch.save({"params_ema": RRDBNet(2, 8, 3).state_dict()}, "rrdb.pth")
    values = resolved(program, "--init-weights", "rrdb.pth")
    assert (values["SCALE"], values["NUM_FEAT"], values["NUM_BLOCK"]) == (2, 8, 3)
    start = values["WARM_START"]
    assert start["COVERAGE_PERCENT"] == 100.0 and start["MISSING"] == start["UNEXPECTED"] == []
    other = resolved(program, "--init-weights", "rrdb.pth", "--scale", "8")
    assert other["WARM_START"]["RESHAPED"] == ["conv_first.weight"]
    assert other["WARM_START"]["MISSING"] == ["conv_up3.weight", "conv_up3.bias"]


def test_a_rerun_takes_what_is_frozen(program: Program, tmp_path: Path) -> None:
    source = write_images(tmp_path / "src")
    run_wqv(source, tmp_path / "work", stop_at=1)
    frozen = resolved(program)
    assert {name: frozen[name] for name in TINY} == TINY
    assert frozen["RESUME"]["STEP"] == 1 and frozen["RESUME"]["FILE"].endswith("latest.pth")
    assert resolved(program, "--lr", "5e-4")["LR"] == 5e-4
    assert resolved(program, "--fresh")["RESUME"] is None
    torch.save({"params_ema": RRDBNet(4, 8, 1).state_dict()}, "rrdb.pth")
    code, _, err = program("src", "work", "--init-weights", "rrdb.pth", "--config-only")
    assert code == 2 and "work holds one: add --fresh" in err
    asked = resolved(program, "--init-weights", "rrdb.pth", "--fresh")
    assert asked["NUM_BLOCK"] == 1 and asked["BATCH_SIZE"] == TINY["BATCH_SIZE"]


@pytest.mark.e2e
def test_the_program_trains_resumes_and_is_found(tmp_path: Path) -> None:
    """The real program: a run, the same again without its flags, then what other commands say of it."""
    write_images(tmp_path / "src")
    flags = [
        "--num-block", "1", "--num-feat", "8", "--base-resolution", "16", "--batch-size", "2",
        "--perceptual-weight", "0", "--num-workers", "0", "--steps", "3", "--val-interval", "3",
    ]  # fmt: skip
    first = command(tmp_path, "wqv", "src", "work", *flags, "--headless")
    assert first.returncode == 0, first.stderr
    assert "bicubic" in first.stdout and "step 3  test  network" in first.stdout
    again = command(tmp_path, "wqv", "src", "work", "--steps", "5", "--headless")
    assert again.returncode == 0 and "resumed  from" in again.stdout, again.stdout + again.stderr
    assert "step 5/5" in again.stdout
    status = command(tmp_path, "status", "work", "--json")
    found = json.loads(status.stdout)
    assert (status.returncode, found["recipe"], found["step"]) == (0, "wqv", 5)
    plain = command(tmp_path, "status", "work")
    assert "wqv src work --steps 10" in plain.stdout
    frozen = tmp_path / "work" / "training_config.json"
    checked = command(tmp_path, "check", str(frozen), "--set", "BATCH_SIZE=1")
    assert checked.returncode == 0 and "4 pictures to train on" in checked.stdout, checked.stdout
    wrong = command(tmp_path, "tune", str(frozen))
    assert wrong.returncode == 2 and "no auto-tune" in wrong.stderr


def test_the_console_script_is_declared() -> None:
    import tomllib

    root = Path(cli.__file__).parent.parent
    scripts = tomllib.loads((root / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts["wqv-upscale-trainer"] == "vsrppp_tui.cli:wqv_main"
    code = "from vsrppp_tui import cli; import sys; sys.argv[1:] = ['--help']; cli.wqv_main()"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert ran.returncode == 0 and ran.stdout.startswith("Usage: wqv-upscale-trainer")
