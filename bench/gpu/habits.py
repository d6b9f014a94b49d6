# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
How people and programs use a server, each a load for what one step of green-proxy saves.

All from a fixed seed; `seed` in a request only tells the runs apart. A character is a token to the model of
make_gguf.py. Each habit ends when its last answer has come, so that two runs do the same work.
"""

from __future__ import annotations

import asyncio
import random
import string
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import httpx
from load import Answered, ask

Message = dict[str, str]
Habit = Callable[[httpx.AsyncClient, str], Awaitable[list[Answered]]]

JOBS, MEAN_PAUSE_S = 32, 1.5
TALKERS, EXCHANGES, SECOND_MESSAGE_AFTER_S = 16, 4, 0.4
DIALOGUES, TURNS, FIRST_HISTORY, TURN_LENGTHS = 20, 3, 4000, (300, 700)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One step's switch, its load, and what is on beside it."""

    name: str
    switch: str
    habit: Habit


def words(chance: random.Random, shortest: int, longest: int) -> str:
    return "".join(chance.choices(string.ascii_lowercase + " ", k=chance.randint(shortest, longest)))


def body_of(messages: list[Message], model: str, output_tokens: int) -> dict[str, object]:
    # As any client asks: with the server's prompt cache, which it has switched on by itself.
    return {
        "model": model,
        "messages": messages,
        "max_tokens": output_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        "ignore_eos": True,
    }


async def jobs_that_can_wait(client: httpx.AsyncClient, model: str) -> list[Answered]:
    """A program's jobs that trickle in, one every second or two, none of them urgent."""

    async def job(number: int, at_s: float) -> Answered:
        chance = random.Random(f"job {number}")  # noqa: S311 - a load, not a secret
        await asyncio.sleep(at_s)
        prompt: Message = {"role": "user", "content": words(chance, 100, 1500)}
        body = body_of([prompt], model, chance.randint(64, 192))
        return await ask(client, body, 1, {"X-Green-Priority": "batch"})

    return list(await asyncio.gather(*(job(number, at_s) for number, at_s in enumerate(arrivals()))))


def arrivals() -> Iterator[float]:
    chance, at_s = random.Random("arrivals"), 0.0  # noqa: S311 - a load, not a secret
    for _ in range(JOBS):
        yield at_s
        at_s += chance.expovariate(1 / MEAN_PAUSE_S)


async def quick_messages(client: httpx.AsyncClient, model: str) -> list[Answered]:
    """People who press return twice: a second short message follows before the first has its answer."""

    async def talker(number: int) -> list[Answered]:
        chance = random.Random(f"talker {number}")  # noqa: S311 - a load, not a secret
        await asyncio.sleep(chance.uniform(0, 3))
        history: list[Message] = []
        answered: list[Answered] = []
        for _ in range(EXCHANGES):
            first: Message = {"role": "user", "content": words(chance, 30, 110)}
            second: Message = {"role": "user", "content": words(chance, 30, 110)}
            length = chance.randint(64, 192)
            answered += await asyncio.gather(
                _say(client, body_of([*history, first], model, length), number, 0),
                _say(
                    client, body_of([*history, first, second], model, length), number, SECOND_MESSAGE_AFTER_S
                ),
            )
            history += [first, second, {"role": "assistant", "content": words(chance, length, length)}]
            await asyncio.sleep(chance.uniform(0.5, 1.5))
        return answered

    return [one for told in await asyncio.gather(*map(talker, range(TALKERS))) for one in told]


async def _say(client: httpx.AsyncClient, body: dict[str, object], number: int, after_s: float) -> Answered:
    await asyncio.sleep(after_s)
    headers = {"X-Green-Conversation": f"talk-{number}"}
    return await ask(client, body, TALKERS, headers, superseded_ok=True)


async def long_dialogues(client: httpx.AsyncClient, model: str, turns: int = TURNS) -> list[Answered]:
    """More conversations than the server has slots, each with a history that only grows."""

    async def dialogue(number: int) -> list[Answered]:
        chance = random.Random(f"dialogue {number}")  # noqa: S311 - a load, not a secret
        messages: list[Message] = [{"role": "system", "content": words(chance, 200, 200)}]
        while sum(len(message["content"]) for message in messages) < FIRST_HISTORY:
            messages += [
                {"role": "user", "content": words(chance, *TURN_LENGTHS)},
                {"role": "assistant", "content": words(chance, 64, 192)},
            ]
        answered = []
        for _ in range(turns):
            messages.append({"role": "user", "content": words(chance, *TURN_LENGTHS)})
            length = chance.randint(64, 128)
            body = body_of(messages, model, length)
            answered.append(await ask(client, body, DIALOGUES, {"X-Green-Conversation": f"long-{number}"}))
            messages.append({"role": "assistant", "content": words(chance, length, length)})
        return answered

    return [one for told in await asyncio.gather(*map(dialogue, range(DIALOGUES))) for one in told]


EXPERIMENTS = (
    Experiment("admit: 32 jobs that can wait", "admit", jobs_that_can_wait),
    Experiment("merge: 16 people who press return twice", "merge", quick_messages),
    Experiment("trim: 20 long conversations on 16 slots", "trim", long_dialogues),
)
