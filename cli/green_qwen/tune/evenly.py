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
# What each client asks first: soon prefilled, and over at different times, as in the midst of a load.
FIRST_PROMPT_TOKENS = 30


@dataclass(frozen=True, slots=True)
class Lengths:
    """Least and most tokens; the means are those of the mixed load in docs/measurements.md."""

    prompts: tuple[int, int] = (100, 1180)
    answers: tuple[int, int] = (64, 192)


class Evenly:
    """A source of dialogues of one turn each, which never runs out."""

    def __init__(self, seed: int, lengths: Lengths, salt: str, *, characters: bool = False) -> None:
        self._seed, self._lengths, self._salt, self._characters = seed, lengths, salt, characters
        self._dealt = 0
        self._begun: set[int] = set()

    def next_for(self, client: int) -> Dialogue:
        self._dealt += 1
        answer = _within(self._lengths.answers, self._dealt * _ANSWER_STEP)
        if client not in self._begun:
            self._begun.add(client)
            first = _within((1, self._lengths.answers[1]), self._dealt * _ANSWER_STEP)
            return self._dialogue(FIRST_PROMPT_TOKENS, first)
        return self._dialogue(_within(self._lengths.prompts, self._dealt * _PROMPT_STEP), answer)

    def _dialogue(self, prompt_tokens: int, answer_tokens: int) -> Dialogue:
        chance = random.Random(f"{self._seed}-{self._dealt}")  # noqa: S311 - a dialogue, not a secret
        if self._characters:
            text = "".join(chance.choices(string.ascii_lowercase + " ", k=prompt_tokens))
        else:
            text = " ".join(chance.choices(WORDS, k=max(1, round(prompt_tokens / TOKENS_PER_WORD))))
        message: Message = {"role": "user", "content": salted(text, f"{self._salt}.{self._dealt}")}
        return Dialogue((Turn((message,), answer_tokens),))


def _within(bounds: tuple[int, int], position: float) -> int:
    least, most = bounds
    return least + int((position % 1.0) * (most - least + 1))
