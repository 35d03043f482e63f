"""A disk that refuses to write, for one file or for a while: faults injected in the file layer."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class FaultyDisk:
    """While it is broken, opening for writing, writing and fsync of the matching files fail.

    A write to a full disk takes half of what is given to it first. `actions` limits what fails.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._number: int | None = None
        self._matches: Callable[[str], bool] = lambda path: True
        self._actions: frozenset[str] = frozenset()
        self._open, self._write, self._fsync = Path.open, os.write, os.fsync
        disk = self

        def opened(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            if set(mode) & set("wax+"):
                disk.check("open", str(path))
            if mode == "wb":
                return io.BufferedWriter(_Raw(disk, path))
            return disk._open(path, mode, *arguments, **options)

        monkeypatch.setattr(Path, "open", opened)
        monkeypatch.setattr(os, "write", self._written)
        monkeypatch.setattr(os, "fsync", self._synced)

    def breaks(
        self,
        number: int,
        matches: Callable[[str], bool] = lambda path: True,
        actions: tuple[str, ...] = ("open", "write", "fsync"),
    ) -> None:
        """From now on, fail with this errno."""
        self._matches, self._actions, self._number = matches, frozenset(actions), number

    def repair(self) -> None:
        """From now on, all is well again."""
        self._number = None

    def fails(self, action: str, path: str) -> bool:
        return self._number is not None and action in self._actions and self._matches(path)

    def check(self, action: str, path: str) -> None:
        if self.fails(action, path):
            assert self._number is not None
            raise OSError(self._number, os.strerror(self._number))

    def _written(self, descriptor: int, content: Any) -> int:
        path = _path_of(descriptor)
        if self.fails("write", path) and len(content) > 1:
            return self._write(descriptor, bytes(content)[: len(content) // 2])
        self.check("write", path)
        return self._write(descriptor, content)

    def _synced(self, descriptor: int) -> None:
        self.check("fsync", _path_of(descriptor))
        self._fsync(descriptor)


class _Raw(io.FileIO):
    def __init__(self, disk: FaultyDisk, path: Path) -> None:
        super().__init__(path, "wb")
        self._disk, self._path = disk, str(path)

    def write(self, content: Any) -> int:
        self._disk.check("write", self._path)
        return super().write(content) or 0


def _path_of(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())
