"""Rows leave the ring in order and without gaps, whenever they are fetched."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.training.ring import MetricRing


@given(st.lists(st.sampled_from(["push", "copy", "take"]), max_size=60))
def test_rows_arrive_once_and_in_order(actions: list[str]) -> None:
    ring = MetricRing(2, torch.device("cpu"), capacity=4)
    pushed: list[float] = []
    arrived: list[float] = []
    for action in actions:
        if action == "push" and not ring.is_full:
            pushed.append(float(len(pushed)))
            ring.push(torch.tensor([pushed[-1], -1.0]))
        elif action == "copy":
            ring.start_copy()
        elif action == "take":
            arrived += [row[0] for row in ring.take()]
    while len(arrived) < len(pushed):
        ring.start_copy()
        arrived += [row[0] for row in ring.take(wait=True)]
    assert arrived == pushed
    assert ring.take(wait=True) == []
