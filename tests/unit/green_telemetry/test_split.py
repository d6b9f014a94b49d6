# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""An interval's joules among those who were there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from green_telemetry.costs import prior
from green_telemetry.costs.model import Costs
from green_telemetry.lanes import lanes_of
from green_telemetry.split import MOST_SCALE, Charge, Interval, split
from green_telemetry.tasks import tasks_in
from green_telemetry.timeline import Generation

MakeGeneration = Callable[..., Generation]


def speed_of(_model: str) -> None:
    """Nobody knows it yet."""


def tokens_of(_model: str, size_bytes: int) -> float:
    return size_bytes / 4


def charges(start_s: float, end_s: float, above_j: float, *generations: Generation) -> tuple[Charge, ...]:
    """The division of an interval over 100 W of baseline, by the costs that are believed at first."""
    baseline_j = 100.0 * (end_s - start_s)
    interval = Interval(start_s, end_s, above_j + baseline_j, baseline_j)
    tasks = tasks_in(start_s, end_s, lanes_of(generations, speed_of, tokens_of))
    return split(interval, list(tasks.values()), Costs())


def owners(start_s: float, end_s: float, above_j: float, *generations: Generation) -> dict[str, float]:
    joules: defaultdict[str, float] = defaultdict(float)
    for charge in charges(start_s, end_s, above_j, *generations):
        joules[charge.generation] += charge.energy_j
    return dict(joules)


def test_who_is_alone_pays_all(make_generation: MakeGeneration) -> None:
    """Also where the interval reaches beyond its work: resting draws the baseline only."""
    alone = make_generation("a", 10.2, 10.3, 10.4, prefill_s=0.1, output_tokens=8)

    assert owners(10.0, 11.0, 50.0, alone) == {"a": pytest.approx(50.0)}


def test_nobody_pays_for_an_empty_interval(make_generation: MakeGeneration) -> None:
    """Its joules are unattributed."""
    assert owners(10.0, 11.0, 50.0, make_generation("a", 1.0, 2.0, 3.0)) == {}


def test_decoding_together_shares_by_tokens(make_generation: MakeGeneration) -> None:
    """One that got twice as many pays twice as much."""
    slow, fast = (
        make_generation(name, 1.0, 2.0, 30.0, output_tokens=n) for name, n in (("a", 281), ("b", 561))
    )

    shares = owners(10.0, 11.0, 60.0, slow, fast)

    assert shares == {"a": pytest.approx(20.0, rel=0.01), "b": pytest.approx(40.0, rel=0.01)}


def test_a_token_alone_costs_more_than_one_in_company(make_generation: MakeGeneration) -> None:
    """40 tokens alone, then 40 and 40 together: by the costs of batches of 1 and of 2."""
    stays = make_generation("a", 1.0, 10.0, 11.0, output_tokens=81, prompt_tokens=1)
    comes = make_generation("b", 1.0, 10.5, 11.0, prefill_s=0.0, output_tokens=41, prompt_tokens=1)
    alone_j, pair_j = (prior.costs_j()[prior.FIRST_BATCH + number] for number in (0, 1))

    shares = owners(10.0, 11.0, 100.0, stays, comes)

    assert shares["a"] / shares["b"] == pytest.approx((alone_j + pair_j) / pair_j, rel=0.01)


def test_a_prompt_pays_by_its_tokens_beside_an_answer(make_generation: MakeGeneration) -> None:
    """4000 of them against the few that were decoded meanwhile: steps of prompts are long ones."""
    decodes = make_generation("a", 1.0, 2.0, 30.0, output_tokens=1680)
    prefills = make_generation("b", 10.0, 11.0, 30.0, prefill_s=1.0, prompt_tokens=4000)

    shares = owners(10.0, 11.0, 1000.0, decodes, prefills)

    assert shares["b"] == pytest.approx(950.0, rel=0.02)


def test_cached_tokens_are_no_prefill(make_generation: MakeGeneration) -> None:
    """Of two equal prompts the one that was known pays next to nothing."""
    fresh, known = (
        make_generation(name, 10.0, 11.0, 11.0, prefill_s=1.0, prompt_tokens=2000, cached_tokens=cached)
        for name, cached in (("a", 0), ("b", 1900))
    )

    shares = owners(10.0, 11.0, 400.0, fresh, known)

    assert shares["b"] / shares["a"] == pytest.approx(0.05, rel=0.1)


def test_prompts_are_worked_off_one_after_the_other(make_generation: MakeGeneration) -> None:
    """Of two that prefill, the one whose answer begins first is at work, and the other waits."""
    first = make_generation("a", 9.0, 10.5, 10.5, prefill_s=1.5, prompt_tokens=2000)
    second = make_generation("b", 9.0, 11.0, 11.0, prefill_s=2.0, prompt_tokens=2000)

    assert owners(9.0, 10.5, 100.0, first, second) == {"a": pytest.approx(100.0), "b": 0.0}


def test_who_waits_pays_nothing_while_others_work(make_generation: MakeGeneration) -> None:
    """A queue draws no power; its receipt says so, and not that nothing was measured."""
    works = make_generation("a", 1.0, 2.0, 30.0)
    waits = make_generation("b", 5.0, 29.0, 30.0, prefill_s=1.0)

    assert owners(10.0, 11.0, 100.0, works, waits) == {"a": pytest.approx(100.0), "b": 0.0}


def test_who_waits_alone_pays(make_generation: MakeGeneration) -> None:
    """Something was done for it, whatever the server calls it."""
    waits = make_generation("b", 5.0, 29.0, 30.0, prefill_s=1.0)

    (charge,) = charges(10.0, 11.0, 100.0, waits)

    assert charge.phase == "queued"
    assert charge.energy_j == pytest.approx(100.0)


def test_the_baseline_share_is_equal_among_workers(make_generation: MakeGeneration) -> None:
    """It is for information and holds the baseline of the working time, once."""
    pair = [make_generation(name, 1.0, 2.0, 30.0) for name in "ab"]

    both = charges(10.0, 11.0, 60.0, *pair)

    assert [charge.baseline_share_j for charge in both] == [pytest.approx(50.0)] * 2
    assert [charge.others for charge in both] == [1, 1]


def test_the_division_of_equals_is_certain(make_generation: MakeGeneration) -> None:
    """Whatever a token costs, it costs both the same; a prompt beside an answer is another matter."""
    pair = [make_generation(name, 1.0, 2.0, 30.0, output_tokens=561, prompt_tokens=10) for name in "ab"]
    prefills = make_generation("b", 10.0, 11.0, 11.0, prefill_s=1.0, prompt_tokens=500)

    equal = charges(10.0, 11.0, 60.0, *pair)
    unequal = charges(10.0, 11.0, 200.0, pair[0], prefills)

    assert equal[0].error_j < 0.06 * equal[0].energy_j
    assert all(charge.error_j > 10.0 for charge in unequal)


def test_what_a_known_model_rules_out_is_nobodys(make_generation: MakeGeneration) -> None:
    """Somebody else was on the GPU."""
    worked = make_generation("a", 1.0, 2.0, 30.0, output_tokens=281)
    tasks = list(tasks_in(10.0, 11.0, lanes_of([worked], speed_of, tokens_of)).values())
    costs = Costs()
    estimate = costs["qwen3:32b"].estimate
    estimate.restore(estimate.multiples, [0.01] * prior.SIZE)
    claimed_j = estimate.joules(tasks[0].parts)

    (charge,) = split(Interval(10.0, 11.0, 10 * claimed_j, 0.0), tasks, costs)

    assert charge.energy_j == pytest.approx(MOST_SCALE * claimed_j)


def test_a_crowd_costs_a_bounded_number_of_charges(make_generation: MakeGeneration) -> None:
    """With more that begins in one interval than any server takes, the shares are coarser; none is lost."""
    crowd = [make_generation(f"g{number}", 10.0 + number / 2000, 12.0, 13.0) for number in range(1000)]

    everybody = charges(10.0, 11.0, 50.0, *crowd)

    assert sum(charge.energy_j for charge in everybody) == pytest.approx(50.0)
    assert {charge.generation for charge in everybody} == {generation.id for generation in crowd}
