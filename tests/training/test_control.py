"""Commands: one reply each, from any thread, also when the trainer has ended."""

from __future__ import annotations

import threading

from vsrppp_tui.training.control import ControlPoint, Pause, Reply, Stop, Validate


def test_requests_arrive_in_order_and_are_answered_once() -> None:
    control = ControlPoint()
    futures = [control.submit(Pause(), "a"), control.submit(Validate(), "b")]
    taken = control.drain()
    assert [type(request.command) for request in taken] == [Pause, Validate]
    assert [request.who for request in taken] == ["a", "b"]
    for step, request in enumerate(taken):
        request.answer(True, step, "done")
    assert [future.result(0) for future in futures] == [
        Reply(True, 0, "done"),
        Reply(True, 1, "done"),
    ]
    assert control.drain() == []


def test_a_stop_is_seen_before_it_is_drained() -> None:
    control = ControlPoint()
    assert control.stop_cause is None
    control.submit(Stop(), "screen")
    assert control.stop_cause == "stop"


def test_a_signal_outranks_a_stop() -> None:
    control = ControlPoint()
    control.submit(Stop(), "screen")
    control.request_stop("SIGTERM")
    control.submit(Stop(), "screen")
    assert control.stop_cause == "SIGTERM"


def test_after_the_end_everything_is_refused_with_the_reason() -> None:
    control = ControlPoint()
    waiting = control.submit(Validate(), "a")
    control.close("the run has ended")
    late = control.submit(Pause(), "b")
    for future in (waiting, late):
        reply = future.result(0)
        assert not reply.ok
        assert reply.text == "the run has ended"


def test_wait_ends_when_a_request_comes() -> None:
    control = ControlPoint()
    timer = threading.Timer(0.05, lambda: control.submit(Pause(), "a"))
    timer.start()
    control.wait(30.0)
    timer.join()
    assert len(control.drain()) == 1
