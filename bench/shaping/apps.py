# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Habits beside those of bench/gpu: programs with options of their own, and people who set no limits."""

from __future__ import annotations

import asyncio
import random
import time

import httpx
from habits import words
from load import REQUEST_ID, Answered, ask

Message = dict[str, str]

PROGRAM_ROUNDS, PROGRAM_TOKENS = 5, 64
ASKERS, QUESTIONS = 8, 3


async def programs_with_options(client: httpx.AsyncClient, model: str) -> list[Answered]:
    """Three programs in turn: one wants a long context, one more threads, one speaks OpenAI's API."""
    answered = []
    for number in range(PROGRAM_ROUNDS):
        for options in ({"num_ctx": 16_384}, {"num_thread": 8}, None):
            chance = random.Random(f"program {number} {options}")  # noqa: S311 - a load, not a secret
            prompt: Message = {"role": "user", "content": words(chance, 100, 400)}
            if options is None:
                body = {"model": model, "messages": [prompt], "max_tokens": PROGRAM_TOKENS, "stream": True}
                answered.append(await ask(client, {**body, "stream_options": {"include_usage": True}}, 1))
            else:
                answered.append(await _ask_natively(client, model, prompt, options))
    return answered


async def people_without_limits(client: httpx.AsyncClient, model: str) -> list[Answered]:
    """People who ask one thing after another and say nothing of thinking or of length."""

    async def asker(number: int) -> list[Answered]:
        chance = random.Random(f"asker {number}")  # noqa: S311 - a load, not a secret
        answered = []
        for _ in range(QUESTIONS):
            messages: list[Message] = [{"role": "user", "content": words(chance, 100, 800)}]
            body = {"model": model, "messages": messages, "stream": True}
            answered.append(await ask(client, {**body, "stream_options": {"include_usage": True}}, ASKERS))
            await asyncio.sleep(chance.uniform(0, 0.5))
        return answered

    return [one for told in await asyncio.gather(*map(asker, range(ASKERS))) for one in told]


async def _ask_natively(
    client: httpx.AsyncClient, model: str, prompt: Message, options: dict[str, int]
) -> Answered:
    start_s = time.monotonic()
    body = {
        "model": model,
        "messages": [prompt],
        "stream": False,
        "options": {**options, "num_predict": PROGRAM_TOKENS},
    }
    response = (await client.post("/api/chat", json=body)).raise_for_status()
    end_s, said = time.monotonic(), response.json()
    request = response.headers.get(REQUEST_ID, "")
    # An answer in one piece shows nothing before its end.
    return Answered(request, 1, start_s, end_s, end_s, said["prompt_eval_count"], said["eval_count"])
