"""Where the socket lies, and who may come near it."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from vsrppp_tui.errors import UserError
from vsrppp_tui.link.address import bind_socket, fallback_path, preferred_path, remove_socket


@pytest.fixture
def long_dir(tmp_path: Path) -> Path:
    """A run directory whose path is too long for a socket."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Stands for /tmp."""
    folder = tmp_path / "t"
    folder.mkdir()
    return folder


def bind(run_dir: Path, root: Path) -> Path:
    """Where the socket was bound; it answers there, and has been removed."""
    listener, path = bind_socket(run_dir, root)
    with listener, socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
        assert mode(path) == 0o600
        assert mode(path.parent) == 0o700
    remove_socket(path)
    assert not path.parent.exists()
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def own(root: Path) -> Path:
    return root / f"vsrppp-{os.geteuid()}"


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_it_lies_in_the_run_directory_and_is_private(
    tmp_path: Path, root: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        assert bind(tmp_path, root) == tmp_path / ".link" / "s"
    finally:
        os.umask(before)


def test_what_a_dead_run_left_is_replaced(tmp_path: Path, root: Path) -> None:
    listener, path = bind_socket(tmp_path, root)
    listener.close()  # the file stays, as after kill -9
    assert path.is_socket()
    assert bind(tmp_path, root) == path


def test_a_copied_folder_is_made_private(tmp_path: Path, root: Path) -> None:
    (tmp_path / ".link").mkdir(mode=0o755)
    assert bind(tmp_path, root) == preferred_path(tmp_path)


def test_a_long_path_leads_to_a_folder_of_the_user(long_dir: Path, root: Path) -> None:
    path = bind(long_dir, root)
    assert path == fallback_path(long_dir, root)
    assert mode(own(root)) == 0o700
    assert path != fallback_path(long_dir.parent, root)


def test_so_does_a_file_system_without_sockets(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.socket.bind

    class OneFileSystem(socket.socket):
        def bind(self, address: bytes) -> None:  # type: ignore[override]
            if b".link" in address:
                raise PermissionError(1, "Operation not permitted")
            real(self, address)

    monkeypatch.setattr("vsrppp_tui.link.address.socket.socket", OneFileSystem)
    assert bind(tmp_path, root) == fallback_path(tmp_path, root)


def test_so_does_a_link_folder_that_is_a_symlink(tmp_path: Path, root: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".link").symlink_to(elsewhere)
    assert bind(tmp_path, root) == fallback_path(tmp_path, root)
    assert not list(elsewhere.iterdir())


def test_a_symlink_in_tmp_is_refused(long_dir: Path, root: Path, tmp_path: Path) -> None:
    own(root).symlink_to(tmp_path)
    refused(long_dir, root, "is a link or a file")


def test_an_open_folder_in_tmp_is_refused(long_dir: Path, root: Path) -> None:
    own(root).mkdir()
    own(root).chmod(0o770)
    refused(long_dir, root, "mode 0770")


def test_a_folder_of_another_user_is_refused(
    long_dir: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = os.geteuid()
    monkeypatch.setattr("vsrppp_tui.link.address.os.geteuid", lambda: mine + 1)
    (root / f"vsrppp-{mine + 1}").mkdir(mode=0o700)
    refused(long_dir, root, f"belongs to another user \\(uid {mine}\\)")


def refused(run_dir: Path, root: Path, why: str) -> None:
    with pytest.raises(UserError, match=why) as raised:
        bind_socket(run_dir, root)
    assert "too long" in str(raised.value)
    assert not list(root.glob("*/*/s"))
