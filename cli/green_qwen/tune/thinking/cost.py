# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What answers cost with thinking and without, side by side."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from green_qwen.load.models import GREEN_MODEL
from green_qwen.tune.knobs import Verdict
from green_qwen.tune.turning import LEAST_GAIN

CONSENT_WORDS = "answers may get worse: switched off only with --allow-no-thinking"


@dataclass(frozen=True, slots=True)
class AnswerCost:
    """
    The same questions asked once, all at the same time: output tokens of each answer, and joules of all.

    Where the time was over before all were answered it is not `whole`: what came until then is the least.
    """

    tokens: tuple[int, ...]
    energy_j: float
    whole: bool

    @property
    def tokens_each(self) -> float:
        return fmean(self.tokens)

    @property
    def joules_each(self) -> float:
        return self.energy_j / len(self.tokens)


@dataclass(frozen=True, slots=True)
class Thinking:
    """What was found; without figures where it could not be measured, and `note` says why."""

    verdict: Verdict
    on: AnswerCost | None = None
    off: AnswerCost | None = None
    note: str = ""

    @property
    def switched_off(self) -> bool:
        return self.verdict is Verdict.CHOSEN


def judged(on: AnswerCost, off: AnswerCost, *, consent: bool) -> Thinking:
    """Off only where it saves beyond the noise of the questions, and with consent."""
    saves = _clearly_fewer(off.tokens, on.tokens) and off.joules_each < on.joules_each * (1 - LEAST_GAIN)
    if not off.whole or not (saves or on.whole):
        return Thinking(Verdict.NO_TIME, on, off)
    if not saves:
        return Thinking(Verdict.NO_GAIN, on, off)
    if not consent:
        return Thinking(Verdict.CONSENT, on, off, CONSENT_WORDS)
    return Thinking(Verdict.CHOSEN, on, off)


def _clearly_fewer(new: Sequence[int], old: Sequence[int]) -> bool:
    """By question, the mean beyond two standard errors of it."""
    saved = [before - after for before, after in zip(old, new, strict=True)]
    return fmean(saved) > 2 * stdev(saved) / math.sqrt(len(saved))


def kept_from_thinking(thinking: Thinking | None, model: str, known: Collection[str]) -> tuple[str, ...]:
    """The measured model and what is made of it, beside `known` ones, since one list replaces another."""
    if thinking is None or not thinking.switched_off:
        return ()
    return tuple(dict.fromkeys((*known, model, GREEN_MODEL)))


def thinking_rows(thinking: Thinking) -> Iterable[list[str]]:
    """A table for people: what one answer takes; empty where nothing was measured."""
    if thinking.on is not None:
        yield ["thinking, on the best setting", "tokens an answer", "joules an answer"]
    for name, cost in (("as the model has it", thinking.on), ("switched off", thinking.off)):
        if cost is not None:
            least = "" if cost.whole else "at least "
            yield [name, f"{least}{cost.tokens_each:.0f}", f"{least}{cost.joules_each:.1f}"]


def thinking_words(thinking: Thinking) -> str:
    note = f" ({thinking.note})" if thinking.note else ""
    return f"switching thinking off: {thinking.verdict.value}{note}"


def thinking_object(thinking: Thinking) -> dict[str, Any]:
    """The same for --json."""
    costs = {"on": thinking.on, "off": thinking.off}
    return {
        "verdict": thinking.verdict.value,
        "note": thinking.note,
        **{name: None if cost is None else _fields(cost) for name, cost in costs.items()},
    }


def _fields(cost: AnswerCost) -> dict[str, Any]:
    return {
        "answers": len(cost.tokens),
        "tokens_an_answer": cost.tokens_each,
        "joules_an_answer": cost.joules_each,
        "whole": cost.whole,
    }
