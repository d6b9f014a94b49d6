# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""An interval's joules among those who were there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from green_telemetry.phases import COUNTER_LAG_S
from green_telemetry.split import MAX_EDGES, Interval, split
from green_telemetry.timeline import Generation

MakeGeneration = Callable[..., Generation]


def interval(start_s: float, end_s: float, above_j: float) -> Interval:
    """An interval of work between these times, as the counter shows it late, over 100 W of baseline."""
    baseline_j = 100.0 * (end_s - start_s)
    return Interval(start_s + COUNTER_LAG_S, end_s + COUNTER_LAG_S, above_j + baseline_j, baseline_j)


def owners(interval: Interval, *generations: Generation) -> dict[str, float]:
    joules: defaultdict[str, float] = defaultdict(float)
    for charge in split(interval, generations):
        joules[charge.generation] += charge.energy_j
    return dict(joules)


def test_who_is_alone_pays_all(make_generation: MakeGeneration) -> None:
    """Also where the interval reaches beyond its work: resting draws the baseline only."""
    alone = make_generation("a", 10.2, 10.3, 10.4, prefill_s=0.1)

    assert owners(interval(10.0, 11.0, 50.0), alone) == {"a": pytest.approx(50.0)}


def test_nobody_pays_for_an_empty_interval(make_generation: MakeGeneration) -> None:
    """Its joules are unattributed."""
    earlier = make_generation("a", 1.0, 2.0, 3.0)

    assert owners(interval(10.0, 11.0, 50.0), earlier) == {}


def test_decoding_together_shares_equally(make_generation: MakeGeneration) -> None:
    """Each step gives each of them one token."""
    pair = [make_generation(name, 1.0, 2.0, 30.0) for name in "ab"]

    assert owners(interval(10.0, 11.0, 60.0), *pair) == {"a": pytest.approx(30.0), "b": pytest.approx(30.0)}


def test_shares_go_by_the_time_somebody_was_there(make_generation: MakeGeneration) -> None:
    """Half of the interval alone, half of it shared: three quarters and one."""
    stays = make_generation("a", 1.0, 2.0, 30.0)
    comes = make_generation("b", 1.0, 10.5, 30.0, prefill_s=0.0)

    assert owners(interval(10.0, 11.0, 80.0), stays, comes)["a"] == pytest.approx(60.0, rel=1e-2)


def test_prefill_pays_nearly_all_beside_a_decoding_sequence(make_generation: MakeGeneration) -> None:
    """Its 512 tokens a step against one."""
    decodes = make_generation("a", 1.0, 2.0, 30.0)
    prefills = make_generation("b", 10.0, 11.0, 30.0, prefill_s=1.0, prompt_tokens=4000)

    shares = owners(interval(10.0, 11.0, 513.0), decodes, prefills)

    assert shares == {"a": pytest.approx(1.0), "b": pytest.approx(512.0)}


def test_prompts_are_worked_off_one_after_the_other(make_generation: MakeGeneration) -> None:
    """Of two that prefill, the one whose answer begins first is at work, and the other waits."""
    first = make_generation("a", 9.0, 10.5, 30.0, prefill_s=1.5, prompt_tokens=2000)
    second = make_generation("b", 9.0, 11.0, 30.0, prefill_s=2.0, prompt_tokens=2000)

    shares = owners(interval(10.0, 11.0, 100.0), first, second)

    assert shares["b"] == pytest.approx(50.0, rel=0.01)


def test_prompts_of_one_step_share_it_by_their_tokens(make_generation: MakeGeneration) -> None:
    """Their answers begin together."""
    pair = [
        make_generation(name, 10.0, 11.0, 30.0, prefill_s=1.0, prompt_tokens=tokens)
        for name, tokens in (("a", 100), ("b", 300))
    ]

    assert owners(interval(10.0, 11.0, 100.0), *pair) == {
        "a": pytest.approx(25.0),
        "b": pytest.approx(75.0),
    }


def test_a_short_prefill_takes_only_its_own_time(make_generation: MakeGeneration) -> None:
    """Its weight counts in its segment, not in the whole interval."""
    decodes = make_generation("a", 1.0, 2.0, 30.0)
    prefills = make_generation("b", 10.0, 10.1, 10.1, prefill_s=0.1, prompt_tokens=4000)

    assert owners(interval(10.0, 11.0, 100.0), decodes, prefills)["b"] == pytest.approx(10.0, rel=1e-2)


def test_who_waits_pays_nothing_while_others_work(make_generation: MakeGeneration) -> None:
    """A queue draws no power."""
    works = make_generation("a", 1.0, 2.0, 30.0)
    waits = make_generation("b", 5.0, 29.0, 30.0, prefill_s=1.0)

    assert owners(interval(10.0, 11.0, 100.0), works, waits)["b"] < 0.2


def test_late_joules_go_to_who_just_ended(make_generation: MakeGeneration) -> None:
    """The counter shows the last 100 ms late."""
    ended = make_generation("a", 1.0, 2.0, 10.0)

    assert owners(interval(10.01, 10.5, 20.0), ended) == {"a": pytest.approx(20.0)}


def test_the_baseline_share_is_equal_among_workers(make_generation: MakeGeneration) -> None:
    """It is for information and holds the baseline of the working time, once."""
    pair = [make_generation(name, 1.0, 2.0, 30.0) for name in "ab"]

    charges = split(interval(10.0, 11.0, 60.0), pair)

    assert [charge.baseline_share_j for charge in charges] == [pytest.approx(50.0)] * 2
    assert [charge.others for charge in charges] == [1, 1]


def test_a_crowd_costs_a_bounded_number_of_charges(make_generation: MakeGeneration) -> None:
    """With more that begins in one interval than any server takes, the shares are coarser; none is lost."""
    crowd = [make_generation(f"g{number}", 10.0 + number / 2000, 12.0, 13.0) for number in range(1000)]

    charges = split(interval(10.0, 11.0, 50.0), crowd)

    assert len(charges) <= MAX_EDGES * len(crowd)
    assert sum(charge.energy_j for charge in charges) == pytest.approx(50.0)
    assert {charge.generation for charge in charges} == {generation.id for generation in crowd}
