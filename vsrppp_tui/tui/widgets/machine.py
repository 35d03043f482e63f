"""The machine: accelerator, processor, memory, disk, and time spent waiting for data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from vsrppp_tui.link.interface import Machine, Snapshot
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.steady import Steady
from vsrppp_tui.tui.text import bar, gigabytes, shorten
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, padded, row_width

SLOW_DATA_PERCENT = 20  # from here on the loader holds the training back
TWO_COLUMNS = 60  # cells; from here on two meters stand side by side, where they need it
MACHINE_ROWS = 7  # of all meters, one below the other
_LONGEST_BAR = 40  # cells
LITTLE_DISK = 5e9  # bytes; a handful of checkpoints


@dataclass(frozen=True, slots=True)
class Meter:
    """One line of the panel; `percent` None draws no bar."""

    label: str
    percent: int | None
    text: str
    warning: bool = False


class MachinePanel(Panel):
    """A bar a line, or two side by side; one line for all where the panel is one row high."""

    BORDER_TITLE = "Machine"

    def __init__(self, model: RunModel, *, id: str) -> None:
        super().__init__(model, id=id)
        self._steady = Steady(margin=4.0)

    def build(self, width: int, height: int) -> Sequence[Row]:
        if self.went_elsewhere():
            self._steady = Steady(margin=4.0)
        # The machine is read with the steps, so that a pause costs no byte.
        at_rest = self.model.state == "paused" or self.model.over
        self.entitle(title="Machine at the last step" if at_rest else "Machine")
        found = meters(self.model.snapshot, self._steady)
        if height <= 2:
            return [_one_line(found, width, at_rest)]
        if width < TWO_COLUMNS or len(found) <= height:
            return [_meter_row(meter, width) for meter in found[:height]]
        half = (width - 2) // 2
        rows = [_meter_row(meter, half) for meter in found[: 2 * height]]
        lines = math.ceil(len(rows) / 2)
        return [
            (*padded(left, half + 2), *right)
            for left, right in zip_longest(rows[:lines], rows[lines:], fillvalue=())
        ]


def meters(snapshot: Snapshot, steady: Steady) -> list[Meter]:
    """What is known of the machine, the most telling first."""
    machine = snapshot.machine
    found = _accelerator(machine, steady)
    if snapshot.data_wait is not None:
        percent = steady.percent("data", snapshot.data_wait * 100)
        slow = percent >= SLOW_DATA_PERCENT
        text = f"⚠ {_remedy(snapshot.config)}" if slow else "of the step"
        found.append(Meter("Data wait", percent, text, slow))
    if machine.cpu_percent is not None:
        found.append(Meter("CPU", steady.percent("cpu", machine.cpu_percent), ""))
    if machine.ram_used is not None and machine.ram_total:
        percent = steady.percent("ram", 100 * machine.ram_used / machine.ram_total)
        text = f"{gigabytes(machine.ram_used)} / {gigabytes(machine.ram_total)} GB"
        found.append(Meter("RAM", percent, text, percent >= 95))
    if machine.disk_free is not None:
        little = machine.disk_free < LITTLE_DISK
        text = f"{'⚠ only ' if little else ''}{gigabytes(machine.disk_free)} GB free"
        found.append(Meter("Disk", None, text, little))
    if machine.process_ram is not None:
        found.append(Meter("This run", None, f"{gigabytes(machine.process_ram)} GB of RAM"))
    return found


def _remedy(config: Mapping[str, Any]) -> str:
    """What ends the waiting for data, in two words; help and `vsrppp check` say more."""
    if config.get("CACHE_BUDGET_GB") == 0:  # there is a cache of decoded patches, and it is off
        return "set a cache"
    return "more workers"


def _accelerator(machine: Machine, steady: Steady) -> list[Meter]:
    found = []
    if machine.gpu_percent is not None:
        facts = []
        if machine.gpu_temperature is not None:
            facts.append(f"{machine.gpu_temperature:.0f} °C")
        if machine.gpu_power is not None:
            facts.append(f"{steady.number('power', machine.gpu_power, 10)} W")
        percent = steady.percent("gpu", machine.gpu_percent)
        found.append(Meter("GPU", percent, "  ".join(facts)))
    if machine.gpu_mem_used is not None and machine.gpu_mem_total:
        percent = steady.percent("vram", 100 * machine.gpu_mem_used / machine.gpu_mem_total)
        text = f"{gigabytes(machine.gpu_mem_used)} / {gigabytes(machine.gpu_mem_total)} GB"
        found.append(Meter("GPU mem", percent, text, percent >= 95))
    return found


def _meter_row(meter: Meter, width: int) -> Row:
    style = "warning" if meter.warning else "text"
    label = (f"{meter.label:<10}", "dim")
    room = min(_LONGEST_BAR, max(0, width - 31))
    if meter.percent is None:
        # Without bars, in line with the texts beside the percentages.
        indent = "" if room or len(meter.text) > width - 16 else " " * 6
        return (label, (indent + meter.text, style))
    filled, rest = bar(meter.percent / 100, room)
    return (
        label,
        (filled, "warning" if meter.warning else "accent"),
        ("─" * rest, "faint"),
        (f" {meter.percent:3d}%" if room else f"{meter.percent:3d}%", style),
        (f"  {shorten(meter.text, width - room - 17)}", "dim" if not meter.warning else style),
    )


def _one_line(found: Sequence[Meter], width: int, at_rest: bool) -> Row:
    """As many meters as fit whole, those that warn first."""
    row: Row = (("at the last step", "dim"),) if at_rest else ()
    for meter in sorted(found, key=lambda meter: not meter.warning):
        text = f"{meter.percent}%" if meter.percent is not None else meter.text
        label = f"{'   ' if row else ''}{meter.label} "
        cell: Row = ((label, "dim"), (text, "warning" if meter.warning else "text"))
        if row_width(row) + row_width(cell) <= width:
            row += cell
    return row
