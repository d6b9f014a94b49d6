# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The load: clients that hold mixed dialogues, each waiting for its answer before it goes on."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from green_common.errors import UnavailableError

SEED = 7
# Shares of short, middle and long prompts in tokens, as in the served load of docs/measurements.md.
PROMPT_TOKENS = ((0.7, 30, 200), (0.9, 600, 1500), (1.0, 3000, 4000))
ANSWER_TOKENS = (32, 96)
WORDS = ("the", "energy", "of", "a", "token", "and", "clock", "rests", "when", "nobody", "asks", "model")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a dialogue."""

    prompt: str
    answer_tokens: int


@dataclass(slots=True)
class Tally:
    """What the clients saw: answered latencies, open requests, tokens as they came."""

    latencies_s: list[float] = field(default_factory=list)
    open_since_s: dict[int, float] = field(default_factory=dict)
    tokens: int = 0
    failures: int = 0

    def p95_s(self, now_s: float) -> float:
        """95th percentile of the latency; requests still open count with the time they have waited."""
        waited = [now_s - since_s for since_s in self.open_since_s.values()]
        ordered = sorted(self.latencies_s + waited)
        return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else float("nan")


def turns_of(client: int) -> Callable[[], Turn]:
    """An endless, reproducible dialogue: the same for the same client, before and after."""
    chance = random.Random(SEED * 1000 + client)  # noqa: S311

    def next_turn() -> Turn:
        share = chance.random()
        low, high = next((low, high) for limit, low, high in PROMPT_TOKENS if share < limit)
        words = chance.choices(WORDS, k=chance.randint(low, high) * 3 // 4)
        return Turn(" ".join(words), chance.randint(*ANSWER_TOKENS))

    return next_turn


async def hold_dialogues(base_url: str, model: str, clients: int, tally: Tally) -> None:
    """Talk until cancelled."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    # As long as it takes: with one slot and many clients an answer waits its turn.
    timeout = httpx.Timeout(None)
    async with httpx.AsyncClient(base_url=base_url, timeout=timeout, limits=limits, trust_env=False) as http:
        talks = [_talk(http, model, client, tally) for client in range(clients)]
        await asyncio.gather(*talks)


async def warm_up(base_url: str, model: str) -> None:
    """Have the model loaded; raises UnavailableError where the server refuses."""
    async with httpx.AsyncClient(base_url=base_url, timeout=300.0, trust_env=False) as http:
        response = await http.post("/api/generate", json={"model": model, "keep_alive": "10m"})
        if response.is_error:
            raise UnavailableError(f"{base_url} can't load {model}: {response.text[:200]}")


async def _talk(http: httpx.AsyncClient, model: str, client: int, tally: Tally) -> None:
    next_turn = turns_of(client)
    while True:
        tally.open_since_s[client] = started_s = time.monotonic()
        try:
            await _ask(http, model, next_turn(), tally)
            tally.latencies_s.append(time.monotonic() - started_s)
        except httpx.HTTPError:
            tally.failures += 1
            await asyncio.sleep(0.5)
        finally:
            del tally.open_since_s[client]


async def _ask(http: httpx.AsyncClient, model: str, turn: Turn, tally: Tally) -> None:
    body = {
        "model": model,
        "messages": [{"role": "user", "content": turn.prompt}],
        "options": {"num_predict": turn.answer_tokens},
        "stream": True,
    }
    async with http.stream("POST", "/api/chat", json=body) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            # One line a token; the last one holds the counts and no token.
            tally.tokens += '"done":true' not in line.replace(" ", "")
