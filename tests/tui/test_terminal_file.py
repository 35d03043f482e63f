"""Frames on their way to the terminal: all of them, in order, whether it reads or not."""

from __future__ import annotations

import os
import pty
import select
import threading
import tty
from collections.abc import Iterator

import pytest
from textual.drivers._writer_thread import WriterThread

from vsrppp_tui.tui.alarm import Alarm
from vsrppp_tui.tui.driver import TerminalDriver
from vsrppp_tui.tui.terminal import TerminalFile

MUCH = 200_000  # characters: more than a pseudo-terminal holds
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"  # of an update that is to be shown at once


class Line:
    """A pseudo-terminal, the file that writes to it, and a driver without an app."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)  # which would turn line feeds into two characters
        self.lost = threading.Event()
        self.file = TerminalFile(self._slave, self.lost.set)
        self.driver = TerminalDriver.__new__(TerminalDriver)  # no signals, no input thread
        self.driver._file = self.file
        self.driver._handed_over, self.driver._frame = 0, []
        self.driver._writer_thread = WriterThread(self.file)  # type: ignore[arg-type]
        self.driver._writer_thread.start()

    def read(self, size: int) -> str:
        """So many characters; fewer where no more come within a second."""
        data = b""
        while len(data) < size and select.select([self.master], [], [], 1.0)[0]:
            data += os.read(self.master, size - len(data))
        return data.decode()

    def close(self) -> None:
        self.file.discard()
        assert self.driver._writer_thread is not None
        self.driver._writer_thread.stop()
        self.file.close()
        os.close(self.master)
        os.close(self._slave)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def test_a_frame_is_with_the_terminal_when_write_returns(line: Line) -> None:
    line.driver.write("one frame")
    assert select.select([line.master], [], [], 0)[0], "no other thread had to be waited for"
    assert line.read(9) == "one frame"


def test_an_update_is_sent_in_one_piece(line: Line) -> None:
    line.driver.write(BEGIN)
    line.driver.write("rows")
    assert not select.select([line.master], [], [], 0)[0]
    line.driver.write(END)
    assert line.read(100) == f"{BEGIN}rows{END}"


def test_a_terminal_that_reads_late_gets_every_frame_in_order(line: Line) -> None:
    frames = [letter * MUCH for letter in "ab"] + [f"frame {number};" for number in range(20)]
    for frame in frames:
        line.driver.write(frame)
    expected = "".join(frames)
    assert line.read(len(expected)) == expected
    line.driver.write("then at once")
    assert line.read(12) == "then at once"


def test_colours_are_said_once_on_either_way(line: Line) -> None:
    red = "\x1b[31m"
    line.driver.write(f"{red}x{red}y")
    assert line.read(100) == f"{red}xy\x1b[m"
    line.driver.write("\x1b[0m" + "z" * MUCH + f"{red}x{red}y")
    line.driver.write(f"{red}late")
    assert line.read(MUCH + 100).lstrip("z") in (
        f"{red}xy\x1b[m{red}late\x1b[m",
        f"{red}xylate\x1b[m",
    )


def test_an_alarm_ends_a_wait_for_files_and_can_be_put_back() -> None:
    def readable() -> bool:
        return bool(select.select([alarm], [], [], 0)[0])

    alarm = Alarm()
    assert not readable()
    for _ in range(100_000):  # more than a pipe holds
        alarm.set()
    assert alarm.is_set() and readable()
    alarm.clear()
    assert not alarm.is_set() and not readable()
    alarm.close()
    alarm.set()
    assert alarm.is_set(), "also after it has let go of its descriptors"
    alarm.close()
