# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A look at a GPU that changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_common.cgroup import UnitCgroup
from green_common.config import Config
from green_common.errors import UsageError
from green_idle.calibration.arms import Arm
from green_idle.calibration.verdict import Verdict
from green_idle.measure import measure
from green_idle.resting import RestClocks
from green_idle.survey import Survey, describe_state
from unit.green_idle.cards import Card, reading

VERDICT = Verdict(Arm.SM, own_w=124.0, rest_w=72.0, saved_w=52.0, noise_w=0.5)


def seen(*readings: tuple[int, float, int]) -> Survey:
    """A survey of one reading a second: clock, watts, percent busy."""
    made = Survey(RestClocks(345, 1593))
    for second, (mhz, power_w, busy) in enumerate(readings):
        made.saw(reading(mhz, power_w, busy), float(second))
    return made


def last(survey: Survey, verdict: Verdict | None = None) -> str:
    return list(survey.lines(verdict))[-1]


def test_both_states_of_the_clocks_show_what_a_rest_saves() -> None:
    """As with a context that ends while it is looked at."""
    survey = seen((1980, 124.0, 0), (1980, 124.0, 0), (345, 72.0, 0))

    assert last(survey) == "  a rest: saves 52.0 W, by what was seen just now"


def test_a_card_that_rests_by_itself_needs_none() -> None:
    """Its power and clock are told."""
    survey = seen(*[(345, 72.0, 0)] * 3)

    lines = list(survey.lines(None))
    assert "at that clock by itself: 72.0 W (± 0.00 W), 345 MHz, 3 s" in lines[1]
    assert lines[-1] == "  a rest: not needed, the card rests by itself"


def test_a_card_that_runs_high_has_its_verdict_or_none() -> None:
    """Nothing is guessed."""
    survey = seen((1980, 124.0, 0))

    assert "is not known yet" in last(survey)
    assert "saves 52.0 W" in last(survey, VERDICT)


def test_work_is_left_out() -> None:
    """And how much of it is told."""
    survey = seen((1980, 500.0, 90), (1980, 124.0, 0))

    lines = list(survey.lines(None))
    assert "  1 readings left out, because the GPU was at work" in lines
    assert survey.high.mean_w == 124.0


def test_few_seconds_say_nothing_of_the_noise() -> None:
    """Two means can't."""
    assert seen((1980, 124.0, 0), (1980, 125.0, 0)).high.noise_w is None


def test_the_state_of_a_card_is_told_with_who_is_there(tmp_path: Path) -> None:
    """Without the unit it can't be told whose processes they are."""
    lines = list(describe_state(Card(pids=(7,)), UnitCgroup("ollama.service", tmp_path), simulated=False))

    assert lines[0] == "  SM 1980 MHz, memory 2619 MHz, state P0"
    assert lines[-1] == "  processes with a CUDA context: 1; whose they are can't be told"


@pytest.mark.parametrize("seconds", ["0", "x", "nan", "1e9"])
def test_what_is_no_time_is_a_wrong_command_line(seconds: str, tmp_path: Path) -> None:
    """Before any driver is opened."""
    with pytest.raises(UsageError, match="seconds from 1"):
        measure(Config(), seconds)
