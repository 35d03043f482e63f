"""A served run for every test that wants one, and a watch on what it leaves."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.link.peers import ServedRun


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Descriptors and threads of the link, which are daemons, end with the test."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    yield
    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208
    assert not [thread.name for thread in threading.enumerate() if "link" in thread.name]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[ServedRun]:
    with ServedRun(tmp_path) as served:
        yield served
