# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is said of a search's figures."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from green_qwen.tune.bounds import Bounds
from green_qwen.tune.evidence import Evidence
from green_qwen.tune.measured import Measured, Outcome, Stage, Trial
from green_qwen.tune.report import report_lines, report_object
from green_qwen.tune.search import Findings
from green_qwen.tune.setting import Setting
from unit.green_qwen.tune.cards import measured

SETTING = Setting()


def findings_of(*windows: Measured) -> Findings:
    evidence = Evidence(Bounds())
    for one in windows:
        evidence.add(Trial(SETTING, one.window_s, Stage.DEFAULT, ""), Outcome(20.0, one))
    return Findings(SETTING, (SETTING,), None, (), evidence)


def text_of(findings: Findings) -> str:
    return "\n".join(report_lines(findings, Bounds(), None))


def test_an_assumed_error_is_called_so() -> None:
    """One window each tells nothing of noise."""
    assert "± assumed, 4% of the yield in 10 s" in text_of(findings_of(measured(SETTING, 0.3)))


def test_repeats_are_counted_beside_what_is_assumed() -> None:
    """They outweigh it by their number."""
    said = text_of(findings_of(*[measured(SETTING, 0.3)] * 4))

    assert "of 3 repeated windows and an assumed 4% of the yield in 10 s, which counts as 2" in said


def test_a_yield_of_slots_that_have_not_turned_over_is_marked() -> None:
    """It is too high; one that has turned over has no mark."""
    hasty = replace(measured(SETTING, 0.3), settled=False)

    assert "0.300*" in text_of(findings_of(measured(SETTING, 0.3), hasty))
    assert "*" not in text_of(findings_of(measured(SETTING, 0.3)))


def test_what_no_window_has_seen_is_null() -> None:
    """NaN is no JSON."""
    unseen = replace(measured(SETTING, 0.3), first_token_p95_s=math.nan)

    content = report_object(findings_of(unseen), simulated=True, keep_alive=None)

    assert content["measured"][0]["first_token_p95_s"] is None
    assert "NaN" not in json.dumps(content)
