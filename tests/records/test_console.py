from __future__ import annotations

import io
import threading
from collections.abc import Callable

from rich.console import Console

from vsrppp_tui.records.console import ConsoleRecord
from vsrppp_tui.training.telemetry import Event, Snapshot, TaskProgress

MakeSnapshot = Callable[..., Snapshot]
MakeEvent = Callable[..., Event]


def test_a_plain_log_has_a_progress_line_every_few_seconds(make_snapshot: MakeSnapshot) -> None:
    out = io.StringIO()
    record = ConsoleRecord(Console(file=out, width=40))
    for step in range(1, 41):  # ten steps a second
        record.on_snapshot(make_snapshot(step, time=step / 10))
    for step in range(41, 61):  # a step in three seconds
        record.on_snapshot(make_snapshot(step, time=step * 3, steps_per_s=1 / 3, eta_s=2880.0))
    record.on_snapshot(make_snapshot(60, time=181, state="done"))
    record.on_close()
    lines = out.getvalue().splitlines()
    assert [text.split()[1] for text in lines] == [
        "1/1000",
        "41/1000",
        "50/1000",
        "60/1000",
        "60/1000",
    ]
    assert lines[2] == "step 50/1000  loss 0.00980  3.00 s/step  ETA 48 min 00 s"
    assert lines[4].endswith("done")


def test_a_plain_log_names_events_and_starting_tasks(
    make_snapshot: MakeSnapshot, make_event: MakeEvent
) -> None:
    out = io.StringIO()
    record = ConsoleRecord(Console(file=out, width=40))
    for time, task in [
        (0.0, TaskProgress("Checking the dataset", 0, 100)),
        (0.3, TaskProgress("Checking the dataset", 9, 100)),
        (6.0, TaskProgress("Checking the dataset", 90, 100)),
        (6.2, TaskProgress("Building the network", 0, 0)),
    ]:
        record.on_snapshot(make_snapshot(0, time=time, state="starting", task=task))
    record.on_event(make_event("resumed", 120, "from [bold]latest.pth " + "x" * 60))
    record.on_close()
    assert out.getvalue().splitlines() == [
        "Checking the dataset 0/100",
        "Checking the dataset 90/100",
        "Building the network",
        "step 120  resumed  from [bold]latest.pth " + "x" * 60,
    ]


def test_a_terminal_has_one_live_line_with_events_above_it(
    make_snapshot: MakeSnapshot, make_event: MakeEvent
) -> None:
    threads = threading.active_count()
    out = io.StringIO()
    terminal = Console(file=out, width=100, force_terminal=True, _environ={"TERM": "xterm"})
    record = ConsoleRecord(terminal)
    record.on_snapshot(make_snapshot(5, steps_per_s=2.5, eta_s=398.0))
    record.on_event(make_event("warning", 5, "Disk nearly full.", level="warning"))
    record.on_snapshot(make_snapshot(6, steps_per_s=2.5, eta_s=397.6, state="paused"))
    record.on_close()
    text = out.getvalue()
    assert "step 5/1000  loss 0.08333  2.50 steps/s  ETA 6 min 38 s" in text
    assert "step 5  WARNING  Disk nearly full." in text
    assert "paused" in text
    assert text.rstrip().endswith("\x1b[?25h")  # the cursor is back
    assert threading.active_count() == threads


def test_a_run_that_never_began_ends_quietly() -> None:
    out = io.StringIO()
    ConsoleRecord(Console(file=out, force_terminal=True)).on_close()
    assert "step" not in out.getvalue()
