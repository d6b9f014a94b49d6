# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Made-up answers: the same prompt and seed always get the same text, which says that it is simulated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from zlib import crc32

from green_sim.engine.tokens import CHARACTERS_PER_TOKEN

SENTENCES = (
    "This is a simulated answer.",
    "No model has read the question.",
    "The words are made up and mean nothing.",
    "Only their number and their timing matter.",
    "A graphics card that does not exist was kept busy for them.",
    "The figures of its power come from a real one.",
    "Nothing in this text depends on what was asked.",
)


@dataclass(frozen=True, slots=True)
class Span:
    """How many tokens a text has: at least and at most."""

    least: int
    most: int

    def pick(self, number: int) -> int:
        """A length within the span."""
        return self.least + number % (self.most - self.least + 1)


@dataclass(frozen=True, slots=True)
class Author:
    """Writes the answers and the thoughts of a simulated model."""

    seed: int = 0
    answer: Span = Span(64, 192)
    thinking: Span = Span(64, 192)

    def write_answer(self, prompt: str, *, as_json: bool = False) -> str:
        """The answer to a prompt; on demand inside a JSON object."""
        text = self._write(prompt, "answer", self.answer)
        return json.dumps({"simulated": text}) if as_json else text

    def write_thinking(self, prompt: str) -> str:
        """The thoughts before it."""
        return self._write(prompt, "thinking", self.thinking)

    def _write(self, prompt: str, kind: str, span: Span) -> str:
        number = crc32(prompt.encode(errors="replace"), crc32(f"{self.seed} {kind}".encode()))
        length = span.pick(number) * CHARACTERS_PER_TOKEN
        start = (number >> 8) % len(SENTENCES) if kind == "thinking" else 0
        text = " ".join(SENTENCES[start:] + SENTENCES[:start]) + " "
        return (text * (length // len(text) + 1))[:length]
