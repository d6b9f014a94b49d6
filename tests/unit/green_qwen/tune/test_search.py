# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The search against cards that are known."""

from __future__ import annotations

import pytest

from green_qwen.tune.bounds import Bounds
from green_qwen.tune.knobs import Verdict
from green_qwen.tune.measured import Stage
from green_qwen.tune.memory import ModelShape, Room
from green_qwen.tune.setting import Setting
from unit.green_qwen.tune.cards import plan, play

H100 = {1: 0.12, 2: 0.2, 4: 0.27, 8: 0.3, 16: 0.55, 32: 0.4, 50: 0.59}


def by_slots(setting: Setting) -> float:
    """Between the known slots as at the next lower one."""
    return H100[max(slots for slots in H100 if slots <= setting.slots)]


def test_it_finds_a_best_that_lies_behind_a_dip() -> None:
    """32 slots do worse than 16, as measured on an H100, and 50 do best."""
    findings, _ = play(plan(), by_slots)

    assert findings.chosen is not None
    assert findings.chosen.slots == 50


def test_it_finds_a_best_between_the_points_of_the_grid() -> None:
    """What lies beside the leaders is looked at as well."""
    findings, _ = play(plan(), lambda one: 0.8 if 20 <= one.slots < 30 else by_slots(one))

    assert findings.chosen is not None
    assert 20 <= findings.chosen.slots < 30


def test_it_keeps_within_its_budget() -> None:
    """The last trial may not begin where it would end too late."""
    findings, _ = play(plan(budget_s=400.0), by_slots)

    assert findings.evidence.spent_s <= 400.0


def test_the_default_stays_where_nothing_is_better() -> None:
    """There is nothing to write then."""
    findings, _ = play(plan(), lambda one: 0.5 if one == Setting() else 0.3)

    assert findings.chosen == Setting()
    assert findings.better == ()


def test_a_setting_that_does_not_load_is_never_chosen() -> None:
    """It is put back, and the best of the others taken."""
    findings, _ = play(plan(), lambda one: None if one.slots > 16 else by_slots(one))

    assert findings.chosen is not None
    assert findings.chosen.slots == 16
    assert findings.evidence.failures


def test_nothing_is_chosen_where_all_fail() -> None:
    """An empty answer, and no exception."""
    findings, _ = play(plan(), lambda one: None)

    assert findings.chosen is None


def test_the_first_token_bound_is_kept() -> None:
    """Fewer slots would wait longer here, so that the most are wanted, however they do."""
    findings, _ = play(plan(bounds=Bounds(first_token_s=1.1)), lambda one: by_slots(one) / one.slots)

    assert findings.chosen is not None
    assert findings.chosen.slots == 50


def test_the_bound_between_tokens_is_kept() -> None:
    """At 10 ms and one for each slot."""
    findings, _ = play(plan(bounds=Bounds(between_tokens_ms=27.0)), by_slots)

    assert findings.chosen is not None
    assert findings.chosen.slots == 16


def test_a_lossy_cache_is_measured_but_takes_consent() -> None:
    """However much it would yield."""
    findings, _ = play(plan(), lambda one: by_slots(one) * (2.0 if one.lossy else 1.0))

    assert findings.chosen is not None
    assert not findings.chosen.lossy
    assert any(one.knob == "kv_cache" and one.verdict is Verdict.CONSENT for one in findings.knobs)


def test_a_lossy_cache_is_chosen_with_consent() -> None:
    """The one that yields more."""
    bounds = Bounds(allow_lossy_cache=True)

    findings, _ = play(plan(bounds=bounds), lambda one: by_slots(one) * (2.0 if one.lossy else 1.0))

    assert findings.chosen is not None
    assert findings.chosen.lossy


def test_a_knob_that_gives_nothing_is_left() -> None:
    """Half a percent is noise."""
    findings, _ = play(plan(), lambda one: by_slots(one) * (1.005 if one.threads == 16 else 1.0))

    assert findings.chosen is not None
    assert findings.chosen.threads is None


def test_a_knob_that_gives_much_is_turned() -> None:
    """And stays turned for those that follow."""
    findings, trials = play(plan(), lambda one: by_slots(one) * (1.4 if one.batch_tokens == 2048 else 1.0))

    assert findings.chosen is not None
    assert findings.chosen.batch_tokens == 2048
    assert all(one.setting.batch_tokens == 2048 for one in trials if one.setting.mmap is False)


def test_sampling_on_the_cpu_is_found_where_it_is_better() -> None:
    """The search begins with the GPU, and believes nothing."""
    findings, _ = play(plan(), lambda one: by_slots(one) * (1.0 if one.gpu_sampling else 1.5))

    assert findings.chosen is not None
    assert not findings.chosen.gpu_sampling


def test_the_boost_goes_on_where_it_yields_more_under_load() -> None:
    """A saving at rest is not bought with work."""
    findings, _ = play(plan(), lambda one: by_slots(one) * (1.5 if one.perf_boost else 1.0))

    assert findings.chosen is not None
    assert findings.chosen.perf_boost


def test_what_does_not_fit_is_not_tried() -> None:
    """2 GiB a slot beside 19 GiB of weights, on 80 GiB."""
    shape = ModelShape(64, 8, 128, 128, 20_000_000_000, 40960)

    _, trials = play(plan(room=Room(80 * 2**30, shape)), by_slots)

    assert max(one.setting.slots for one in trials) == 28


def test_with_consent_more_slots_are_tried_with_a_smaller_cache() -> None:
    """What f16 has no room for."""
    shape, bounds = ModelShape(64, 8, 128, 128, 20_000_000_000, 40960), Bounds(allow_lossy_cache=True)

    findings, _ = play(plan(room=Room(80 * 2**30, shape), bounds=bounds), by_slots)

    assert findings.chosen is not None
    assert findings.chosen.slots == 50
    assert findings.chosen.lossy


def test_the_finalists_go_against_the_default_in_alternation() -> None:
    """So that a drift of the card falls on all alike."""
    _, trials = play(plan(), by_slots)

    confirming = [one.setting for one in trials if one.stage is Stage.CONFIRMING]
    assert Setting() in confirming
    assert len(set(confirming)) == 3


@pytest.mark.parametrize("budget_s", [30.0, 120.0, 600.0])
def test_the_same_outcomes_lead_the_same_way(budget_s: float) -> None:
    """On which resuming rests."""
    _, first = play(plan(budget_s=budget_s), by_slots)
    _, second = play(plan(budget_s=budget_s), by_slots)

    assert first == second
