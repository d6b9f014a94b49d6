# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What clients say: mixed dialogues out of a seed, or somebody's own, dealt out to the clients."""

from __future__ import annotations

import random
import string
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Message = Mapping[str, Any]

# Each is one token to Qwen's tokenizer, with the space before it.
WORDS = ("the", "energy", "of", "a", "model", "and", "clock", "rests", "when", "nobody", "asks", "power")
# The word with its space makes one token and a bit, as green-sim and tokenizers count on average.
TOKENS_PER_WORD = 4 / 3
# Numbers of an endless client's dialogues; far from those of the next one.
CLIENT_STRIDE = 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """What a client adds to the dialogue, and how long the answer may be; None leaves that to the server."""

    messages: tuple[Message, ...]
    answer_tokens: int | None


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Turns in order; the server's answers come between them."""

    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Mix:
    """
    How long dialogues are, in tokens; the defaults are the served load of docs/measurements.md.

    prompts: (share up to here, least, most) of a dialogue's first prompt; later ones are as short as the
    first entry says. turns: least and most of a dialogue. prefix_tokens: a system message that all dialogues
    share. characters: write single letters, for a model whose tokens are characters (random weights).
    """

    prompts: tuple[tuple[float, int, int], ...] = ((0.7, 30, 200), (0.9, 600, 1500), (1.0, 3000, 4000))
    answers: tuple[int, int] = (64, 192)
    turns: tuple[int, int] = (1, 1)
    prefix_tokens: int = 0
    characters: bool = False


MIXED = Mix()


class Author(Protocol):
    """Writes the dialogue of a number, the same each time."""

    def dialogue(self, number: int) -> Dialogue: ...


class Source(Protocol):
    """Deals dialogues out to clients; None where there are no more."""

    def next_for(self, client: int) -> Dialogue | None: ...


@dataclass(frozen=True, slots=True)
class MixedAuthor:
    """Mixed dialogues out of a seed; the salt changes first words, and no length."""

    seed: int
    mix: Mix = MIXED
    salt: str = ""

    def dialogue(self, number: int) -> Dialogue:
        # A text, since random() takes those by their content, the same in every process.
        chance = random.Random(f"{self.seed}-{number}")  # noqa: S311 - a dialogue, not a secret
        turns = [self._turn(chance, first=turn == 0) for turn in range(chance.randint(*self.mix.turns))]
        return Dialogue(tuple(turns))

    def _turn(self, chance: random.Random, *, first: bool) -> Turn:
        share = chance.random() if first else 0.0
        least, most = next((least, most) for limit, least, most in self.mix.prompts if share <= limit)
        prompt = self._text(chance, chance.randint(least, most))
        said: Message = {"role": "user", "content": salted(prompt, self.salt) if first else prompt}
        before = self._prefix() if first else ()
        return Turn((*before, said), chance.randint(*self.mix.answers))

    def _prefix(self) -> tuple[Message, ...]:
        if not self.mix.prefix_tokens:
            return ()
        chance = random.Random(f"{self.seed}-prefix")  # noqa: S311 - as above
        return ({"role": "system", "content": self._text(chance, self.mix.prefix_tokens)},)

    def _text(self, chance: random.Random, tokens: int) -> str:
        if self.mix.characters:
            return "".join(chance.choices(string.ascii_lowercase + " ", k=tokens))
        return " ".join(chance.choices(WORDS, k=max(1, round(tokens / TOKENS_PER_WORD))))


def salted(text: str, salt: str) -> str:
    """The text with the salt before it; a text of the same length where it is longer than the salt."""
    if not salt:
        return text
    mark = f"{salt} "
    return mark + (text[len(mark) :] if len(text) > 2 * len(mark) else text)


class Endless:
    """Each client has dialogues of its own, and never runs out of them."""

    def __init__(self, author: Author) -> None:
        self._author = author
        self._taken: Counter[int] = Counter()

    def next_for(self, client: int) -> Dialogue | None:
        number = client * CLIENT_STRIDE + self._taken[client]
        self._taken[client] += 1
        return self._author.dialogue(number)


class Counted:
    """So many dialogues in one line; whichever client is free takes the next."""

    def __init__(self, author: Author, count: int) -> None:
        self._author = author
        self.left = count
        self._next = 0

    def next_for(self, client: int) -> Dialogue | None:
        if not self.left:
            return None
        self.left -= 1
        self._next += 1
        return self._author.dialogue(self._next - 1)
