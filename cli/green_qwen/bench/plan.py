# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the user asked bench for, as far as it does not depend on the machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from green_qwen.bench.surroundings import Load
from green_qwen.load.dialogues import Author, Counted, Dialogue, Endless, Mix, MixedAuthor, Source
from green_qwen.load.measure import Plan as LoadPlan
from green_qwen.load.own_dialogues import FileAuthor


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each step of a run takes."""

    warm_up_s: float
    warm_up_most_s: float
    window_s: float | None
    settle_s: float
    rest_s: float


# The original's experiment; what quick leaves out is certainty.
FULL = Pace(warm_up_s=8.0, warm_up_most_s=180.0, window_s=None, settle_s=5.0, rest_s=20.0)
QUICK = Pace(warm_up_s=4.0, warm_up_most_s=6.0, window_s=12.0, settle_s=3.0, rest_s=5.0)


@dataclass(frozen=True, slots=True)
class Plan:
    """Either so many dialogues, or so many seconds (`pace.window_s`) of endless ones."""

    clients: int
    seed: int
    pairs: int
    dialogues: int | None
    pace: Pace
    mix: Mix
    own: Sequence[Dialogue] = ()
    own_name: str = ""

    @property
    def load(self) -> Load:
        """What two measurements have in common that can be compared."""
        window_s = None if self.dialogues else self.pace.window_s
        return Load(self.clients, self.seed, self.dialogues, window_s, self.own_name or _name_of(self.mix))

    @property
    def load_plan(self) -> LoadPlan:
        pace = self.pace
        window_s = None if self.dialogues else pace.window_s
        return LoadPlan(self.clients, pace.warm_up_s, pace.warm_up_most_s, window_s, finish=window_s is None)

    def author(self, arm: str, pair: int) -> Author:
        """Who writes them: the user's file, or chance."""
        seed, salt = self.seed + pair, f"{arm[0]}{pair}"
        return FileAuthor(self.own, seed, salt) if self.own else MixedAuthor(seed, self.mix, salt)

    def source(self, arm: str, pair: int) -> Source:
        """The same dialogues for both arms of a pair, but for their first words; others in the next pair."""
        author = self.author(arm, pair)
        return Counted(author, self.dialogues) if self.dialogues else Endless(author)


def name_of_file(path: Path) -> str:
    """By its content: the same dialogues under another name are the same load."""
    return f"own dialogues {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


def _name_of(mix: Mix) -> str:
    least, most = mix.turns
    turns = "" if most == 1 else f" of {least} to {most} turns"
    return f"mixed dialogues{turns}{', letters' if mix.characters else ''}"
