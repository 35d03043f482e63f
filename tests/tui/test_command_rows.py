"""The command lines of the form for a new run: a shell takes what is shown."""

from __future__ import annotations

import shlex

from vsrppp_tui.tui.start.command_rows import command_rows

COMMAND = "vsrppp train --run-dir runs/vsrppp --set N_FEATS=64 --set 'DATASET_ROOT=/data/film set'"


def texts(command: str, width: int) -> list[str]:
    return ["".join(text for text, _ in row[1:]) for row in command_rows([command], width)]


def test_a_command_that_fits_stays_in_one_row() -> None:
    assert texts(COMMAND, 120) == [COMMAND]


def test_a_longer_one_goes_on_as_a_shell_takes_it_an_option_with_its_value() -> None:
    rows = texts(COMMAND, 78)
    assert rows == [
        "vsrppp train --run-dir runs/vsrppp --set N_FEATS=64 \\",
        "--set 'DATASET_ROOT=/data/film set'",
    ]
    assert shlex.split("\n".join(rows).replace("\\\n", "")) == shlex.split(COMMAND)


def test_one_too_long_for_both_rows_says_so_and_stays_in_them() -> None:
    rows = texts(f"{COMMAND} --set {'x' * 200}", 78)
    assert len(rows) == 2 and rows[1].endswith("…")
    assert all(len(row) <= 68 for row in rows)


def test_two_commands_have_a_row_each() -> None:
    rows = command_rows(["vsrppp prepare clip.mp4", "vsrppp train"], 78)
    assert [row[1][0] for row in rows] == ["vsrppp prepare clip.mp4", "vsrppp train"]
