"""The outline of a history: like the whole file, at a fraction of the reading."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vsrppp_tui.records import history_outline
from vsrppp_tui.records.history_file import encode
from vsrppp_tui.records.history_outline import Outline, read_end, read_outline
from vsrppp_tui.training.telemetry import BestResult, Snapshot, ValidationResult

MakeSnapshot = Callable[..., Snapshot]
MakeValidation = Callable[..., ValidationResult]


def at(make: MakeSnapshot, step: int, loss: float) -> bytes:
    return encode(make(step, smooth_losses={"L1": 1.0, "Total": loss}, total_steps=900))


def test_no_file_is_an_empty_outline(tmp_path: Path) -> None:
    assert read_outline(tmp_path / "none") == read_end(tmp_path / "none") == Outline()


def test_all_of_a_small_file(
    tmp_path: Path, make_snapshot: MakeSnapshot, make_validation: MakeValidation
) -> None:
    path = tmp_path / "history.jsonl"
    later = make_validation(30)
    later = replace(later, network=replace(later.network, quality=88.5))
    lines = [at(make_snapshot, 10, 0.5), at(make_snapshot, 20, math.nan)]
    lines += [encode(make_snapshot(30, best=BestResult(20, 70.0), total_steps=900))]
    lines += [
        at(make_snapshot, 25, math.inf),
        b'{"type":"snapshot",spoilt\n',
        encode(later),
        b'{"ty',
    ]
    path.write_bytes(b"".join(lines))
    found = read_outline(path)
    assert [step for step, _ in found.losses] == [10, 20, 25]  # the run went back from 30
    assert found.losses[0][1] == 0.5
    assert math.isnan(found.losses[1][1]) and math.isinf(found.losses[2][1])
    assert found.best == 88.5


def test_of_a_large_file_little_is_read(
    tmp_path: Path, make_snapshot: MakeSnapshot, make_validation: MakeValidation
) -> None:
    path = tmp_path / "history.jsonl"
    with path.open("wb") as file:
        for step in range(1, 4001):
            file.write(at(make_snapshot, step, 1 / step))
            if step % 50 == 0:
                file.write(encode(make_validation(step)))
    assert path.stat().st_size > history_outline._WHOLE_BYTES
    found = read_outline(path)
    assert history_outline.PLACES * 0.9 <= len(found.losses) <= history_outline.PLACES
    assert all(loss == 1 / step for step, loss in found.losses)
    steps = [step for step, _ in found.losses]
    assert steps == sorted(set(steps)) and steps[0] == 1 and steps[-1] > 3900
    assert (found.step, found.total_steps) == (4000, 900)
