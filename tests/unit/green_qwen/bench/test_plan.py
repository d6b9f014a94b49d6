# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the user asked for."""

from __future__ import annotations

import argparse

import pytest

from green_common.errors import UsageError
from green_qwen.bench.arguments import add_arguments
from green_qwen.bench.choose import plan_from
from green_qwen.bench.plan import Plan
from green_qwen.load.dialogues import Dialogue


def plan_of(*words: str) -> Plan:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return plan_from(parser.parse_args(words))


def texts_of(dialogue: Dialogue | None) -> list[str]:
    assert dialogue is not None
    return [str(message["content"]) for turn in dialogue.turns for message in turn.messages]


def test_without_a_word_it_is_the_originals_experiment() -> None:
    """Five hundred dialogues, fifty at once, three pairs."""
    plan = plan_of()

    assert (plan.dialogues, plan.clients, plan.pairs) == (500, 50, 3)
    assert plan.load_plan.window_s is None and plan.load_plan.finish


def test_quick_measures_by_time() -> None:
    """Unless dialogues are asked for."""
    assert (plan_of("--quick").dialogues, plan_of("--quick").load_plan.window_s) == (None, 12.0)
    assert plan_of("--quick", "--dialogues", "20").load_plan.window_s is None
    assert plan_of("--quick", "--window-s", "5").load_plan.window_s == 5.0


def test_a_run_has_one_measure() -> None:
    """Both at once would be two."""
    with pytest.raises(UsageError, match="leave one out"):
        plan_of("--dialogues", "20", "--window-s", "5")


def test_both_arms_of_a_pair_get_the_same_lengths_in_other_words() -> None:
    """And another pair other dialogues."""
    plan = plan_of("--quick")

    before, after, later = (
        texts_of(plan.source(arm, pair).next_for(0))
        for arm, pair in (("before", 1), ("after", 1), ("before", 2))
    )

    assert list(map(len, before)) == list(map(len, after))
    assert before != after
    assert list(map(len, before)) != list(map(len, later))


def test_another_load_is_another_one() -> None:
    """By which results refuse to be compared."""
    assert plan_of().load == plan_of().load
    assert plan_of().load != plan_of("--turns", "3").load
    assert plan_of().load != plan_of("--letters").load
