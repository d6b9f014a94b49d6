#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Clients in a closed loop on an OpenAI-compatible API: each asks, reads the stream to its end, asks again.

Prompts are a mixed dialogue: 70 % of 30 to 200 characters, 20 % of 600 to 1500, 10 % of 3000 to 4000, drawn
from a fixed seed for each client; a character is a token to the model of make_gguf.py. Answers have 64 to
192 tokens. One JSON object a line for each request, with the proxy's id for it, and a summary at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import string
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import httpx

REQUEST_ID = "X-Green-Request-Id"
# The last chunk of an answer that green-proxy ended for a newer request: no usage comes with it.
SUPERSEDED = "chatcmpl-superseded"
# The weights are random, so the end-of-text token comes at random too: never let it end an answer. And
# prompts share nothing but the template, so no cache may make a second run cheaper than the first.
LLAMA_SERVER_FIELDS = {"ignore_eos": True, "cache_prompt": False}


@dataclass(frozen=True, slots=True)
class Question:
    """What one request asks for."""

    prompt: str
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Answered:
    """One finished request; times are on the monotonic clock."""

    request: str
    clients: int
    start_s: float
    first_token_s: float
    end_s: float
    prompt_tokens: int
    output_tokens: int

    @property
    def latency_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def wait_s(self) -> float:
        return self.first_token_s - self.start_s


def questions(seed: str) -> Iterator[Question]:
    """The endless dialogue of one client; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - a dialogue, not a secret
    while True:
        draw = chance.random()
        shortest, longest = (30, 200) if draw < 0.7 else (600, 1500) if draw < 0.9 else (3000, 4000)
        length = chance.randint(shortest, longest)
        prompt = "".join(chance.choices(string.ascii_lowercase + " ", k=length))
        yield Question(prompt, chance.randint(64, 192))


def request_body(question: Question, model: str) -> dict[str, object]:
    return {
        "model": model,
        "messages": [{"role": "user", "content": question.prompt}],
        "max_tokens": question.output_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        **LLAMA_SERVER_FIELDS,
    }


def chunk_of(line: str) -> dict[str, object]:
    """One line of an event stream as the object that it carries; empty where it carries none."""
    if not line.startswith("data: {"):
        return {}
    chunk: dict[str, object] = json.loads(line.removeprefix("data: "))
    return chunk


def has_text(chunk: dict[str, object]) -> bool:
    choices = chunk.get("choices")
    return isinstance(choices, list) and any(choice["delta"].get("content") for choice in choices)


async def ask(
    client: httpx.AsyncClient,
    body: dict[str, object],
    clients: int,
    headers: dict[str, str] | None = None,
    *,
    superseded_ok: bool = False,
) -> Answered:
    """Ask once and read the stream to its end. Raises httpx.HTTPError where the answer is none."""
    start_s, first_s, usage, written = time.monotonic(), None, None, 0
    async with client.stream("POST", "/v1/chat/completions", json=body, headers=headers) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            chunk = chunk_of(line)
            if has_text(chunk):
                written += 1
                first_s = first_s or time.monotonic()
            usage = chunk.get("usage") or usage
    end_s = time.monotonic()
    if not isinstance(usage, dict):
        if not superseded_ok:
            raise httpx.RemoteProtocolError("the stream ended without its usage")
        # A newer request took this one's place, and ended it.
        usage = {"prompt_tokens": 0, "completion_tokens": written}
    return Answered(
        request=response.headers.get(REQUEST_ID, ""),
        clients=clients,
        start_s=start_s,
        first_token_s=end_s if first_s is None else first_s,
        end_s=end_s,
        prompt_tokens=usage["prompt_tokens"],
        output_tokens=usage["completion_tokens"],
    )


async def run(arguments: argparse.Namespace, lines: TextIO) -> tuple[list[Answered], int]:
    """All clients until the time is over; what is under way then is still answered."""
    answered: list[Answered] = []
    failures = 0
    stop_at_s = time.monotonic() + arguments.seconds

    async def loop(client: httpx.AsyncClient, number: int) -> None:
        nonlocal failures
        for question in questions(f"{arguments.seed}-{number}"):
            if time.monotonic() >= stop_at_s:
                return
            try:
                answer = await ask(client, request_body(question, arguments.model), arguments.clients)
            except httpx.HTTPError as error:
                failures += 1
                print(f"client {number}: {type(error).__name__}: {error}", flush=True)
                await asyncio.sleep(1)
                continue
            answered.append(answer)
            lines.write(json.dumps(asdict(answer)) + "\n")

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=arguments.url, timeout=600, limits=limits) as client:
        await asyncio.gather(*(loop(client, number) for number in range(arguments.clients)))
    return answered, failures


def share(values: list[float], part: float) -> float:
    """The value below which that part of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def summary(answered: list[Answered], failures: int) -> str:
    if not answered:
        return f"no answer; {failures} failures"
    took_s = max(one.end_s for one in answered) - min(one.start_s for one in answered)
    output_tokens = sum(one.output_tokens for one in answered)
    prompt_tokens = sum(one.prompt_tokens for one in answered)
    latencies_s, waits_s = [one.latency_s for one in answered], [one.wait_s for one in answered]
    return (
        f"clients: {answered[0].clients}, {took_s:.1f} s: {len(answered)} answers, {failures} failures, "
        f"{output_tokens / took_s:.1f} tokens/s out, {prompt_tokens / took_s:.1f} tokens/s in, "
        f"latency P50 {share(latencies_s, 0.5):.2f} s P95 {share(latencies_s, 0.95):.2f} s, "
        f"first token P50 {share(waits_s, 0.5):.2f} s P95 {share(waits_s, 0.95):.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("url", help="the API without its /v1, as http://127.0.0.1:18789")
    parser.add_argument("path", type=Path, help="the file to which a line for each request is appended")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60, help="no new request after this time")
    parser.add_argument("--model", default="qwen3-32b-random", help="the name that requests carry")
    parser.add_argument("--seed", default="green")
    arguments = parser.parse_args()
    with arguments.path.open("a", buffering=1) as lines:
        answered, failures = asyncio.run(run(arguments, lines))
    print(summary(answered, failures), flush=True)


if __name__ == "__main__":
    main()
