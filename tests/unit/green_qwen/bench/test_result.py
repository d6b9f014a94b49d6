# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whole measurements."""

from __future__ import annotations

import dataclasses

from green_qwen.bench.result import joined, together
from green_qwen.bench.run import AFTER, BEFORE
from unit.green_qwen.bench.taken import ON, pair, result_of, taken


def test_pairs_are_matched_by_their_number() -> None:
    """One that has lost its partner is left out."""
    result = result_of(*pair(1, 0.1, 0.4), *pair(2, 0.2, 0.6), taken(arm=BEFORE, pair=3))

    assert result.pairs(lambda run: run.tokens_per_s_per_w) == [(0.1, 0.4), (0.2, 0.6)]


def test_runs_on_one_machine_have_no_faults() -> None:
    """The usual case."""
    assert result_of(*pair(1, 0.1, 0.4)).faults() == []


def test_each_fault_is_told_once() -> None:
    """However many runs have it."""
    other = dataclasses.replace(ON, driver="570.1")
    result = result_of(*pair(1, 0.1, 0.4), taken(other, arm=BEFORE, pair=2), taken(other, arm=AFTER, pair=2))

    assert result.faults() == ["other driver: 580.159 and 570.1"]


def test_two_results_are_compared_by_what_they_measured_last() -> None:
    """The first's after becomes before."""
    one, other = result_of(*pair(1, 0.1, 0.4)), result_of(*pair(1, 0.1, 0.5))

    both = together(one, other)

    assert both.pairs(lambda run: run.tokens_per_s_per_w) == [(0.4, 0.5)]
    assert both.faults() == []


def test_results_of_one_comparison_are_joined_pair_by_pair() -> None:
    """Their pairs stay together, whatever their numbers were."""
    one, other = result_of(*pair(1, 0.1, 0.4), *pair(2, 0.2, 0.6)), result_of(*pair(1, 0.3, 0.9))

    both = joined([one, other])

    assert both.pairs(lambda run: run.tokens_per_s_per_w) == [(0.1, 0.4), (0.2, 0.6), (0.3, 0.9)]
    assert both.complete and both.faults() == []


def test_runs_of_one_arm_with_other_fields_are_a_fault() -> None:
    """Their mean is of nothing; an arm against the other is what is compared."""
    plain = dataclasses.replace(ON, request_fields='{"think": false}')
    apart = result_of(taken(arm=BEFORE), taken(plain, arm=AFTER))

    mixed = joined([result_of(taken(arm=AFTER)), result_of(taken(plain, arm=AFTER))])

    assert apart.faults() == []
    assert mixed.faults() == [
        "after: other fields in the requests of runs 1 and 2: think not given and false"
    ]


def test_what_an_earlier_version_did_not_save_is_no_fault() -> None:
    """Its results can be joined with new ones."""
    old = dataclasses.replace(ON, request_fields=None)

    assert joined([result_of(taken(old)), result_of(taken())]).faults() == []
