# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The books balance, whatever happens."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from green_common.feed.messages import Finished
from green_telemetry.ledger import PATIENCE_S, Ledger
from green_telemetry.timeline import Generation

MakeGeneration = Callable[..., Generation]

MOMENT = st.floats(0.0, 60.0)
DURATION = st.none() | st.floats(0.0, 60.0)


@st.composite
def any_generation(draw: st.DrawFn) -> Generation:
    """A generation with edges in order, and a server that says anything or nothing."""
    forwarded_s, first_s, ended_s = sorted([draw(MOMENT), draw(MOMENT), draw(MOMENT)])
    name = draw(st.uuids()).hex
    generation = Generation(name, (f"request-{name}",), "m", forwarded_s)
    generation.first_token_s = draw(st.sampled_from([None, first_s]))
    if draw(st.booleans()):
        generation.ended_s = ended_s
        if draw(st.booleans()):
            generation.finished = Finished(
                name,
                generation.requests,
                "m",
                200,
                prompt_tokens=draw(st.none() | st.integers(0, 9000)),
                load_s=draw(DURATION),
                prefill_s=draw(DURATION),
                decode_s=draw(DURATION),
            )
    return generation


# Time, joules and baseline joules since the reading before.
STEPS = st.lists(
    st.tuples(st.floats(0.001, 5.0), st.floats(0.0, 3000.0), st.floats(0.0, 700.0)), min_size=2, max_size=30
)


@given(STEPS, st.lists(any_generation(), max_size=12), st.data())
def test_the_accounts_of_any_window_are_the_counters_difference(
    steps: list[tuple[float, float, float]], generations: list[Generation], data: st.DataObject
) -> None:
    """Baseline, generations and unattributed add up to float precision, from any reading to any other."""
    ledger, time_s, counter_j, readings = Ledger(), 0.0, 1e6, []
    for pause_s, joules, baseline_j in steps:
        time_s, counter_j = time_s + pause_s, counter_j + joules
        assert ledger.read(time_s, counter_j, baseline_j)
        readings.append((time_s, counter_j))
        if data.draw(st.booleans()):
            ledger.bound()

    entries = ledger.settle(generations, math.inf)

    edges_s = [entries[0].interval.start_s, *(entry.interval.end_s for entry in entries)]
    first = data.draw(st.integers(0, len(edges_s) - 2))
    last = data.draw(st.integers(first + 1, len(edges_s) - 1))
    counter_at, window = dict(readings), entries[first:last]
    charged_j = sum(charge.energy_j for entry in window for charge in entry.charges)
    rest_j = sum(entry.interval.baseline_j + entry.unattributed_j for entry in window)
    whole_j = counter_at[edges_s[last]] - counter_at[edges_s[first]]
    assert charged_j + rest_j == pytest.approx(whole_j, abs=1e-6)


@given(STEPS, st.lists(any_generation(), min_size=1, max_size=12))
def test_nobody_is_charged_twice_or_against_the_sign(
    steps: list[tuple[float, float, float]], generations: list[Generation]
) -> None:
    """Each charge has the sign of what is to be divided, and all together are no more than that."""
    ledger, time_s, counter_j = Ledger(), 0.0, 0.0
    for pause_s, joules, baseline_j in steps:
        time_s, counter_j = time_s + pause_s, counter_j + joules
        ledger.read(time_s, counter_j, baseline_j)

    for entry in ledger.settle(generations, math.inf):
        above_j = entry.interval.energy_j - entry.interval.baseline_j
        assert all(charge.energy_j * above_j >= 0 for charge in entry.charges)
        if entry.charges:
            assert entry.unattributed_j * math.copysign(1.0, above_j) + 1e-6 >= 0.0
        else:
            assert entry.unattributed_j == above_j


def read_seconds(ledger: Ledger, last_s: int) -> None:
    for second in range(last_s + 1):
        ledger.read(float(second), 500.0 * second, 100.0 if second else 0.0)


def test_an_idle_interval_settles_at_once() -> None:
    """Nobody can claim it any more; what is above the baseline is unattributed."""
    ledger = Ledger()
    read_seconds(ledger, 1)

    (entry,) = ledger.settle([], 1.0)

    assert entry.unattributed_j == 400.0


def test_an_interval_waits_for_the_end_that_tells_its_phases(make_generation: MakeGeneration) -> None:
    """Whoever had no token yet may have waited or prefilled: only the server knows, at the end."""
    ledger, waits = Ledger(), make_generation("a", 0.5)
    read_seconds(ledger, 1)

    before = ledger.settle([waits], 1.0)
    waits.ended_s = 0.9
    after = ledger.settle([waits], 1.0)

    assert before == []
    assert len(after) == 1


def test_an_interval_waits_for_who_decodes(make_generation: MakeGeneration) -> None:
    """How long its prompt was, and so what its tokens cost, is told at the end."""
    ledger, decodes = Ledger(), make_generation("a", -2.0, -1.0)
    read_seconds(ledger, 3)

    assert ledger.settle([decodes], 3.0) == []


def test_work_of_several_is_divided_together(make_generation: MakeGeneration) -> None:
    """Some 3 s at a time, so that an edge of 100 ms matters little; work of one, and rest, for itself."""
    ledger, first, second = Ledger(), make_generation("a", 1.5, 2.0, 9.5), make_generation("b", 1.5, 2.0, 8.5)
    read_seconds(ledger, 12)

    entries = ledger.settle([first, second], 12.0)

    assert [(entry.interval.start_s, entry.interval.end_s) for entry in entries] == [
        (0.0, 1.0),
        (1.0, 4.0),
        (4.0, 7.0),
        (7.0, 9.0),
        (9.0, 10.0),
        (10.0, 11.0),
        (11.0, 12.0),
    ]


def test_nothing_is_divided_across_the_end_of_a_window(make_generation: MakeGeneration) -> None:
    """Each window's accounts are its own."""
    ledger, pair = Ledger(), [make_generation(name, 0.0, 0.5, 3.5) for name in "ab"]
    read_seconds(ledger, 2)
    ledger.bound()
    ledger.read(3.0, 1500.0, 100.0)
    ledger.read(4.0, 2000.0, 100.0)

    entries = ledger.settle(pair, math.inf)

    assert [entry.interval.end_s for entry in entries] == [2.0, 4.0]


def test_a_gap_is_remembered(make_generation: MakeGeneration) -> None:
    """Also while nobody knows yet when it ends."""
    ledger = Ledger()
    read_seconds(ledger, 2)
    ledger.cut()
    open_gap = ledger.interrupted(4.0, 5.0)
    ledger.read(6.0, 5000.0, 0.0)

    assert open_gap
    assert ledger.interrupted(5.5, 7.0)
    assert not ledger.interrupted(0.5, 1.5)
    assert not ledger.interrupted(6.5, 7.0)


def test_patience_has_an_end(make_generation: MakeGeneration) -> None:
    """After a minute the split is made by guess, and says so."""
    ledger = Ledger()
    read_seconds(ledger, 1)

    (entry,) = ledger.settle([make_generation("a", 0.0)], 1.5 + PATIENCE_S)

    assert [charge.guessed for charge in entry.charges] == [True]


def test_a_receipt_is_due_one_counter_step_after_the_end(make_generation: MakeGeneration) -> None:
    """Not before the counter has shown everything."""
    ledger, ended = Ledger(), make_generation("a", 0.0, 0.5, 1.95)
    read_seconds(ledger, 2)
    ledger.settle([ended], 2.0)
    too_early = ledger.closed_for(ended)

    ledger.read(2.05, 1100.0, 5.0)
    ledger.settle([ended], 2.05)

    assert not too_early
    assert ledger.closed_for(ended)


def test_a_falling_counter_is_refused() -> None:
    """The difference would be a lie; after the cut the books go on from the new value."""
    ledger = Ledger()
    read_seconds(ledger, 1)

    fell = not ledger.read(2.0, 3.0, 100.0)
    ledger.cut()
    ledger.read(2.0, 3.0, 0.0)
    ledger.read(3.0, 403.0, 100.0)

    assert fell
    assert [entry.interval.energy_j for entry in ledger.settle([], 3.0)] == [500.0, 400.0]
