"""The record of a run as a link: its time, its states, and what it refuses."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.replays import BREAK, LAST, NIGHT, Seconds, recorded_run
from vsrppp_tui.link.interface import Event, History, Pause
from vsrppp_tui.link.recording import Recording
from vsrppp_tui.link.replay import FASTEST, ReplayLink, usual_speed
from vsrppp_tui.link.timeline import Timeline, rising
from vsrppp_tui.training.telemetry import RunInfo

RUN = RunInfo("run", "record", 0, "", 0.0)
times = st.lists(st.integers(0, 10**9).map(float), min_size=1, max_size=40)


@given(times, st.floats(0.5, 1000), st.floats(-10, 2e9))
def test_positions_and_moments_go_together(
    moments: list[float], longest: float, anywhere: float
) -> None:
    timeline = Timeline(moments, longest)
    for moment in moments:
        assert timeline.moment_at(timeline.position_of(moment)) == pytest.approx(moment, abs=1e-3)
    assert timeline.moment_at(timeline.duration) == max(moments)
    assert timeline.moment_at(0.0) == min(moments)
    assert min(moments) <= timeline.moment_at(anywhere) <= max(moments)
    assert timeline.duration <= longest * (len(moments) - 1) + 1e-6


@given(times, st.floats(0.5, 1000), st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_time_never_goes_back_while_the_position_goes_on(
    moments: list[float], longest: float, shares: list[float]
) -> None:
    timeline = Timeline(moments, longest)
    seen = [timeline.moment_at(share * timeline.duration) for share in sorted(shares)]
    assert seen == sorted(seen)


def test_times_of_a_clock_that_was_set_back_stand_still() -> None:
    assert rising([math.nan, 5.0, 3.0, math.inf, 6.0]) == [5.0, 5.0, 5.0, 5.0, 6.0]
    assert rising([math.nan]) == [0.0]
    assert rising([]) == []


def test_a_night_is_shortened() -> None:
    timeline = Recording(recorded_run()).timeline
    assert timeline.shortened == 1
    assert timeline.seconds > NIGHT
    assert timeline.duration < NIGHT / 10


@pytest.mark.parametrize(
    ("duration", "speed"), [(0, 1), (30, 1), (240, 2), (3600, 32), (86_400, 512)]
)
def test_a_record_takes_about_two_minutes(duration: float, speed: float) -> None:
    assert usual_speed(duration) == speed


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def make_link(
    clock: Seconds, speed: float | None = None, history: History | None = None
) -> ReplayLink:
    link = ReplayLink(RUN, speed, clock)
    link.show(Recording(history or recorded_run()))
    return link


def test_before_the_record_it_says_that_it_reads() -> None:
    link = ReplayLink(RUN, None, Seconds())
    assert link.snapshot().state == "starting"
    assert link.snapshot().task is not None
    assert link.snapshot() is link.snapshot()
    assert (link.events(-1), link.history(), link.position) == ((), History(), 0.0)
    for change in (ReplayLink.toggle, lambda link: link.move(1.0)):
        change(link)
    assert link.position == 0.0


def test_it_plays_at_its_speed_to_the_end_and_stays_there(clock: Seconds) -> None:
    link = make_link(clock, speed=10.0)
    assert (link.position, link.snapshot().step, link.playing) == (0.0, 10, True)
    clock.now += 3.1
    assert link.position == pytest.approx(31.0)
    assert link.snapshot().step == 110
    clock.now += 1e6
    assert link.at_end and not link.playing
    assert (link.snapshot().step, link.snapshot().state) == (LAST, "done")
    link.toggle()
    assert (link.position, link.playing) == (0.0, True)


def test_holding_seeking_and_speed(clock: Seconds) -> None:
    link = make_link(clock, speed=10.0)
    clock.now += 2.0
    link.toggle()
    clock.now += 100.0
    assert link.position == pytest.approx(20.0) and not link.playing
    link.move(0.1)
    assert link.position == pytest.approx(20.0 + link.duration / 10) and not link.playing
    link.toggle()
    link.change_speed(2.0)
    before = link.position
    clock.now += 1.0
    assert link.position == pytest.approx(before + 20.0)
    for _ in range(100):
        link.change_speed(2.0)
    assert link.speed == FASTEST
    link.move(-1.0)
    assert link.position == 0.0
    link.move(1.0)
    assert link.at_end


def test_events_of_two_processes_come_once_each_and_in_order(clock: Seconds) -> None:
    link = make_link(clock, speed=10.0)
    seen: list[Event] = []
    while not link.at_end:
        clock.now += 1.0
        seen += link.events(seen[-1].seq if seen else -1)
    assert [(event.time, event.text) for event in seen] == [
        (event.time, event.text) for event in recorded_run().events
    ]


def test_a_validation_between_two_snapshots_is_shown(clock: Seconds) -> None:
    whole = recorded_run()
    thinned = replace(whole, snapshots=whole.snapshots[::40])
    link = make_link(clock, speed=1.0, history=thinned)
    assert link.recording is not None
    result = thinned.validations[0]
    link.seek(link.recording.timeline.position_of(result.time))
    assert link.snapshot().validation == result
    assert link.snapshot().step == result.step
    assert link.history().validations == (result,)


def test_a_record_takes_no_commands(clock: Seconds) -> None:
    reply = make_link(clock).send(Pause()).result(0)
    assert not reply.ok
    assert "This is a record" in reply.text


def test_the_break_between_two_processes(clock: Seconds) -> None:
    link = make_link(clock, speed=1.0)
    assert link.recording is not None
    last = next(s for s in recorded_run().snapshots if s.step == BREAK)
    link.seek(link.recording.timeline.position_of(last.time))
    assert link.snapshot().step == BREAK
    assert link.snapshot().run.pid != recorded_run().snapshots[-1].run.pid
