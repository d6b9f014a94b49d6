# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The load of a trial: lengths spread so evenly that a window of seconds sees nearly the same work as the next.

With lengths by chance, whether one long prompt more falls into a window decides its yield. Here they follow a
sequence without gaps (multiples of an irrational number), in the order in which clients ask, whoever asks.
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass

from green_qwen.load.dialogues import TOKENS_PER_WORD, WORDS, Dialogue, Message, Turn, salted

# Golden ratio and square root of 2, less their whole parts: the least alike of all for a start.
_PROMPT_STEP, _ANSWER_STEP = 0.6180339887498949, 0.41421356237309515
# What those ask who are served first: soon prefilled, and over at different times, as in the midst of a load.
FIRST_PROMPT_TOKENS = 30
FIRST_ANSWERS = 2
# Far more dialogues than a trial has.
RUN_STRIDE = 100_003


@dataclass(frozen=True, slots=True)
class Lengths:
    """Least and most tokens; the means are those of the mixed load in docs/measurements.md."""

    prompts: tuple[int, int] = (100, 1180)
    answers: tuple[int, int] = (64, 192)


class Evenly:
    """A source of dialogues of one turn each, which never runs out, for a server with so many slots."""

    def __init__(
        self, seed: int, lengths: Lengths, slots: int, run: int = 0, *, characters: bool = False
    ) -> None:
        """Each run goes through the lengths from another start, so that repeats tell their noise."""
        self._seed, self._lengths, self._slots = seed, lengths, slots
        self._run, self._characters = run, characters
        self._dealt = 0

    def next_for(self, client: int) -> Dialogue:
        self._dealt += 1
        answer = _within(self._lengths.answers, self._position(_ANSWER_STEP))
        if self._dealt <= self._slots:
            first = _within((1, FIRST_ANSWERS * self._lengths.answers[1]), self._position(_ANSWER_STEP))
            return self._dialogue(FIRST_PROMPT_TOKENS, first)
        return self._dialogue(_within(self._lengths.prompts, self._position(_PROMPT_STEP)), answer)

    def _position(self, step: float) -> float:
        return (self._dealt + self._run * RUN_STRIDE) * step

    def _dialogue(self, prompt_tokens: int, answer_tokens: int) -> Dialogue:
        chance = random.Random(f"{self._seed}-{self._dealt}")  # noqa: S311 - a dialogue, not a secret
        if self._characters:
            text = "".join(chance.choices(string.ascii_lowercase + " ", k=prompt_tokens))
        else:
            text = " ".join(chance.choices(WORDS, k=max(1, round(prompt_tokens / TOKENS_PER_WORD))))
        message: Message = {"role": "user", "content": salted(text, f"{self._run}.{self._dealt}")}
        return Dialogue((Turn((message,), answer_tokens),))


def _within(bounds: tuple[int, int], position: float) -> int:
    least, most = bounds
    return least + int((position % 1.0) * (most - least + 1))
