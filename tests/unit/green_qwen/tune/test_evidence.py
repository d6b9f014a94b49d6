# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Windows put together."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from green_qwen.tune.bounds import Bounds
from green_qwen.tune.evidence import Evidence
from green_qwen.tune.measured import Measured, Outcome, Stage, Trial
from green_qwen.tune.setting import Setting
from unit.green_qwen.tune.cards import measured

OLD, NEW = Setting(), Setting(slots=16)


def add(evidence: Evidence, setting: Setting, *figures: Measured) -> None:
    for one in figures:
        evidence.add(Trial(setting, one.window_s, Stage.SCREENING, ""), Outcome(20.0, one))


def test_windows_are_pooled_by_their_joules() -> None:
    """Tokens of all by joules of all."""
    evidence = Evidence(Bounds())
    add(evidence, OLD, measured(OLD, 0.2), measured(OLD, 0.4, window_s=30.0))

    assert evidence.yield_of(OLD) == pytest.approx(0.35)


def test_repeats_that_differ_make_a_larger_error() -> None:
    """Than repeats that agree."""
    alike, unlike = Evidence(Bounds()), Evidence(Bounds())
    add(alike, OLD, measured(OLD, 0.3), measured(OLD, 0.3))
    add(unlike, OLD, measured(OLD, 0.2), measured(OLD, 0.4))

    assert unlike.error_of(OLD) > 3 * alike.error_of(OLD)


def test_a_longer_window_has_a_smaller_error() -> None:
    """By the root of its length."""
    evidence = Evidence(Bounds())
    add(evidence, OLD, measured(OLD, 0.3, window_s=10.0))
    add(evidence, NEW, measured(NEW, 0.3, window_s=40.0))

    assert evidence.error_of(OLD) == pytest.approx(2 * evidence.error_of(NEW))


def test_a_ratio_carries_both_errors() -> None:
    """Added in squares."""
    evidence = Evidence(Bounds())
    add(evidence, OLD, measured(OLD, 0.2))
    add(evidence, NEW, measured(NEW, 0.6))

    ratio = evidence.ratio(NEW, OLD)

    assert ratio.value == pytest.approx(3.0)
    assert ratio.error == pytest.approx(3.0 * math.hypot(evidence.error_of(OLD), evidence.error_of(NEW)))


def test_a_window_that_saw_no_first_token_does_not_hide_another() -> None:
    """The mean is of those that did."""
    evidence = Evidence(Bounds())
    add(evidence, OLD, replace(measured(OLD, 0.3), first_token_p95_s=math.nan), measured(OLD, 0.3))

    assert evidence.pooled(OLD).first_token_p95_s == 50.0


def test_a_setting_that_failed_after_it_was_measured_may_not_be_chosen() -> None:
    """It failed once."""
    evidence = Evidence(Bounds())
    add(evidence, NEW, measured(NEW, 0.3))
    evidence.add(Trial(NEW, 10.0, Stage.HALVING, ""), Outcome(5.0, failure="gone"))

    assert not evidence.may_be_chosen(NEW)
