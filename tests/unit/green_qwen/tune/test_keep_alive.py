# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How long a model should stay."""

from __future__ import annotations

from dataclasses import replace

from green_qwen.tune.bounds import Bounds
from green_qwen.tune.evidence import Evidence
from green_qwen.tune.keep_alive import keep_alive_for
from green_qwen.tune.measured import Measured, Outcome, Stage, Trial
from green_qwen.tune.setting import Setting
from unit.green_qwen.tune.cards import measured


def evidence(setting: Setting, figures: Measured) -> Evidence:
    found = Evidence(Bounds())
    found.add(Trial(setting, 10.0, Stage.DEFAULT, ""), Outcome(20.0, figures))
    return found


def test_a_model_that_rests_for_nothing_stays() -> None:
    """One watt above the empty card."""
    setting = Setting(perf_boost=False)

    keep = keep_alive_for(setting, evidence(setting, measured(setting, 0.5)))

    assert keep is not None
    assert keep.value == "-1"


def test_a_model_stays_until_its_rest_has_cost_a_load() -> None:
    """49 W against 9800 J."""
    setting = Setting()

    keep = keep_alive_for(setting, evidence(setting, replace(measured(setting, 0.5), load_j=9800.0)))

    assert keep is not None
    assert keep.value == "200s"


def test_what_was_not_measured_gives_no_time() -> None:
    """Nothing is made up."""
    setting = Setting()

    assert keep_alive_for(setting, evidence(setting, replace(measured(setting, 0.5), bare_w=None))) is None
