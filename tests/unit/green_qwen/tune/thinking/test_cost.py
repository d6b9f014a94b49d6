# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether thinking is switched off, from what answers cost with it and without."""

from __future__ import annotations

import pytest

from green_qwen.tune.knobs import Verdict
from green_qwen.tune.thinking.cost import AnswerCost, Thinking, judged, kept_from_thinking, thinking_rows

LONG = AnswerCost((400, 350, 600, 420), 1600.0, whole=True)
BRIEF = AnswerCost((40, 60, 90, 20), 210.0, whole=True)


@pytest.mark.parametrize(("consent", "verdict"), [(True, Verdict.CHOSEN), (False, Verdict.CONSENT)])
def test_a_saving_takes_consent(consent: bool, verdict: Verdict) -> None:
    """Answers may be worse without it."""
    assert judged(LONG, BRIEF, consent=consent).verdict is verdict


def test_only_with_consent_it_is_switched_off() -> None:
    """However much it would save."""
    assert judged(LONG, BRIEF, consent=True).switched_off
    assert not judged(LONG, BRIEF, consent=False).switched_off


def test_answers_that_differ_by_chance_are_no_gain() -> None:
    """One long answer less among four is none."""
    others = AnswerCost((420, 330, 100, 440), 1300.0, whole=True)

    assert judged(LONG, others, consent=True).verdict is Verdict.NO_GAIN


def test_fewer_tokens_for_as_many_joules_are_no_gain() -> None:
    """Joules are what is to be saved."""
    dear = AnswerCost(BRIEF.tokens, 1599.0, whole=True)

    assert judged(LONG, dear, consent=True).verdict is Verdict.NO_GAIN


def test_answers_with_thinking_that_went_on_are_the_least_of_it() -> None:
    """What they would have cost more only adds to the saving."""
    cut = AnswerCost(LONG.tokens, LONG.energy_j, whole=False)

    found = judged(cut, BRIEF, consent=True)

    assert found.switched_off
    assert ["as the model has it", "at least 442", "at least 400.0"] in list(thinking_rows(found))


def test_answers_without_it_that_went_on_tell_nothing() -> None:
    """They might have become as long as the others."""
    cut = AnswerCost(BRIEF.tokens, BRIEF.energy_j, whole=False)

    assert judged(LONG, cut, consent=True).verdict is Verdict.NO_TIME


def test_answers_with_it_that_were_cut_off_at_once_tell_nothing() -> None:
    """Neither that it saves nor that it does not."""
    cut = AnswerCost((3, 2, 4, 1), 60.0, whole=False)

    assert judged(cut, BRIEF, consent=True).verdict is Verdict.NO_TIME


def test_models_that_the_user_keeps_from_thinking_stay_so() -> None:
    """A list in a later file replaces the earlier one."""
    off = judged(LONG, BRIEF, consent=True)

    assert kept_from_thinking(off, "a:1", ("b:1", "a:1")) == ("b:1", "a:1", "qwen3-green")


def test_without_consent_no_model_is_kept_from_thinking() -> None:
    """Nor where nothing was measured."""
    assert kept_from_thinking(judged(LONG, BRIEF, consent=False), "a:1", ("b:1",)) == ()
    assert kept_from_thinking(None, "a:1", ("b:1",)) == ()


def test_without_figures_there_is_no_table() -> None:
    """Only the verdict."""
    assert list(thinking_rows(Thinking(Verdict.NO_TIME))) == []
