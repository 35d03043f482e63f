"""Fixtures for every test: small datasets, and a watch that nothing is left behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--frames-update", action="store_true", help="record the frames of tests/tui anew"
    )


def pytest_configure() -> None:
    # A shell starts background jobs with Ctrl+C ignored, and so would be every program that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored below `nohup`


def write_dataset(
    root: Path, *, train: int = 12, val: int = 2, lr_size: int = 16, seed: int = 0
) -> Path:
    """A dataset of smooth moving gradients, so that a network has something to learn."""
    rng = np.random.default_rng(seed)
    for part, count in (("Patches", train), ("Val", val)):
        (root / part / "GT").mkdir(parents=True)
        (root / part / "LR").mkdir(parents=True)
        for index in range(count):
            gt, lr = _pair(rng, (lr_size, lr_size), 5)
            cv2.imwrite(str(root / part / "GT" / f"{part.lower()}_{index:03d}.png"), gt)
            cv2.imwrite(str(root / part / "LR" / f"{part.lower()}_{index:03d}.png"), lr)
    return root


def write_category(
    root: Path, frames: int, formats: Mapping[str, tuple[int, tuple[int, int]]], *, val: int = 2
) -> Path:
    """The category toon: for each folder of a format, how many pairs, with LR frames of (height, width)."""
    rng = np.random.default_rng(0)
    learn = root / "Toon" / "ToonModel" / "Learn"
    for folder, (count, size) in formats.items():
        for kind in ("GT", f"LR_{frames}frames"):
            (learn / folder / kind).mkdir(parents=True)
        for index in range(count):
            gt, lr = _pair(rng, size, frames)
            cv2.imwrite(str(learn / folder / "GT" / f"{index:03d}.png"), gt)
            cv2.imwrite(str(learn / folder / f"LR_{frames}frames" / f"{index:03d}.png"), lr)
    (learn / "Val" / "GT").mkdir(parents=True)
    for index in range(val):
        gt, _ = _pair(rng, size, frames)
        cv2.imwrite(str(learn / "Val" / "GT" / f"val_{index:03d}.png"), gt)
    return root


def _pair(
    rng: np.random.Generator, size: tuple[int, int], frames: int
) -> tuple[np.ndarray, np.ndarray]:
    height, width = size
    phase, speed = rng.uniform(0, 6, 3), rng.uniform(0.2, 1.0, 2)
    y, x = np.mgrid[0 : height * 3, 0 : width * 3]
    y, x = y / (height * 3) * 6, x / (width * 3) * 6

    def frame(shift: float) -> np.ndarray:
        waves = [np.sin(speed[0] * x + 3 * speed[1] * y + p + shift) for p in phase]
        return ((np.stack(waves, -1) + 1) * 127.5).astype(np.uint8)

    small = [
        cv2.resize(frame(0.1 * t), (width, height), interpolation=cv2.INTER_AREA)
        for t in range(-(frames // 2), frames // 2 + 1)
    ]
    return frame(0.0), np.concatenate(small, axis=0)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Twelve training pairs and two validation images with LR frames of 16x16."""
    return write_dataset(tmp_path / "dataset")


@pytest.fixture(scope="session", autouse=True)
def own_state_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Runs of the tests are not remembered among those of the user; processes inherit it."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread, a child process or an open file of the project."""
    threads = set(threading.enumerate())
    children = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    deadline = time.monotonic() + 5.0
    while (left := _left(threads, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left, f"left behind: {left}"


def _left(threads: set[threading.Thread], children: set[int]) -> list[str]:
    names = [t.name for t in threading.enumerate() if t not in threads and not t.daemon]
    for child in psutil.Process().children(recursive=True):
        if child.pid in children or child.status() == psutil.STATUS_ZOMBIE:
            continue
        command = " ".join(child.cmdline())
        # Python's own fork server and resource tracker stay for the life of the process.
        if "forkserver" not in command and "resource_tracker" not in command:
            names.append(f"{child.pid}: {command}")
    return names


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests look the same whatever terminal runs them."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    if os.environ.get("TERM", "dumb") == "dumb":  # as in a shell that has no terminal
        monkeypatch.setenv("TERM", "xterm-256color")
