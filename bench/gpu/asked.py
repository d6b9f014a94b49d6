# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Requests of a measurement whose shares are to be proven, each with its place in it."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from load import Answered, Question


@dataclass(frozen=True, slots=True)
class Asked:
    """An answered request, the part of the measurement that it belongs to, and what it was there for."""

    part: str
    role: str
    answered: Answered

    @property
    def request(self) -> str:
        return self.answered.request

    @property
    def start_s(self) -> float:
        return self.answered.start_s

    @property
    def end_s(self) -> float:
        return self.answered.end_s

    def line(self) -> str:
        return json.dumps({"part": self.part, "role": self.role, **asdict(self.answered)})


def asked_of(entries: Iterable[Mapping[str, object]]) -> list[Asked]:
    """What `line` wrote."""
    names = [field.name for field in fields(Answered)]
    return [
        Asked(
            part=str(entry["part"]),
            role=str(entry["role"]),
            answered=Answered(**{name: entry[name] for name in names}),  # type: ignore[arg-type]
        )
        for entry in entries
    ]


def question(seed: str, prompt_length: int, output_tokens: int) -> Question:
    """A prompt of exactly so many characters, which are tokens to the model of make_gguf.py."""
    chance = random.Random(seed)  # noqa: S311 - a load, not a secret
    prompt = "".join(chance.choices(string.ascii_lowercase + " ", k=prompt_length))
    return Question(prompt, output_tokens)
