# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Counts with the vocabulary that an Ollama server shows, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from green_proxy.tokens import process as process_module
from green_proxy.tokens.chat import Chat
from green_proxy.tokens.counter import Counted, Counter
from green_proxy.tokens.ollama import OllamaScale
from green_proxy.tokens.vocabulary import read_vocabulary
from integration.llama_vocabularies import judged
from integration.proxy_rig import Call, ModelServer, model_server
from integration.sim_rig import simulation

MODEL = "qwen3:32b"
CHATML = "<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n"
# With Python, the library and one vocabulary of 151 936 tokens.
MAX_WORKER_MIB = 95
WAIT_S = 10.0

pytestmark = pytest.mark.timeout(700)


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    """What `/api/show` would say of a Qwen model."""
    return {**judged("qwen2").card, "template": CHATML}


@pytest.fixture
def server(card: dict[str, Any]) -> Iterator[ModelServer]:
    """As much of Ollama as counting asks for."""
    shown = json.dumps(card).encode()
    listed = json.dumps({"models": [{"name": MODEL, "digest": "abc"}]}).encode()
    answers = {"/api/version": b"{}", "/api/tags": listed, "/api/show": shown}

    async def answer(call: Call) -> None:
        call.body = b"".join(await call.parts())
        body = answers.get(call.target)
        status = "404 Not Found" if body is None else "200 OK"
        await call.head(status, f"Content-Length: {len(body or b'')}", "Connection: close")
        await call.write(body or b"")
        call.writer.close()

    with model_server(answer) as running:
        yield running


@contextlib.asynccontextmanager
async def counter_for(url: str) -> AsyncIterator[Counter]:
    """A counter that asks that server."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:

        async def ask(
            method: str, path: str, *, json: Any = None, timeout_s: float = 2, max_bytes: int = 0
        ) -> httpx.Response | None:
            try:
                return await client.request(method, path, json=json, timeout=timeout_s)
            except httpx.HTTPError:
                return None

        counter = Counter(ask, url)
        try:
            yield counter
        finally:
            await counter.close()


def counting(url: str, act: Callable[[Counter], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with counter_for(url) as counter:
            return await act(counter)

    return asyncio.run(run())


async def count(counter: Counter, messages: list[dict[str, Any]]) -> Counted:
    return await counter.count(MODEL, Chat("messages", messages), "/api/chat", {})


async def learned(counter: Counter) -> OllamaScale:
    """The scale, once the vocabulary is there, however slow the machine is."""
    counter.prepare(MODEL)
    await asyncio.gather(*counter._preparing)
    assert isinstance(counter._scale, OllamaScale)
    return counter._scale


def rendered(messages: list[dict[str, Any]]) -> str:
    """The whole prompt, as the template has it."""
    turns = (f"<|im_start|>{one['role']}\n{one['content']}<|im_end|>\n" for one in messages)
    return "".join(turns) + "<|im_start|>assistant\n"


def resident_mib(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def test_the_parts_of_a_chat_add_up_to_the_whole(server: ModelServer, card: dict[str, Any]) -> None:
    """Counted message by message, any chat has as many tokens as its rendered prompt."""
    texts = [text for text, _ in judged("qwen2").cases]
    messages = [
        {"role": ("user", "assistant", "system")[at % 3], "content": text} for at, text in enumerate(texts)
    ]
    vocabulary = read_vocabulary(card)

    async def act(counter: Counter) -> list[tuple[int, bool]]:
        await learned(counter)
        told = [await count(counter, messages[:length]) for length in range(1, len(messages) + 1)]
        return [(one.tokens, one.exact) for one in told]

    told = counting(server.url, act)

    prompts = [rendered(messages[:length]) for length in range(1, len(messages) + 1)]
    assert told == [(tokens, True) for tokens in vocabulary.count(prompts)]


def test_a_vocabulary_is_fetched_once(server: ModelServer) -> None:
    """However many ask for it at a time."""

    async def act(counter: Counter) -> None:
        for word in ("one", "two", "three"):
            counter.prepare(MODEL)
            await asyncio.gather(*(count(counter, [{"role": "user", "content": word}]) for _ in range(8)))
        await learned(counter)

    counting(server.url, act)

    assert server.paths().count("/api/show") == 1
    shown = next(call for call in server.calls if call.target == "/api/show")
    assert json.loads(shown.body) == {"model": MODEL, "verbose": True}


def test_the_process_stays_small(server: ModelServer) -> None:
    """What building takes is given back."""

    async def act(counter: Counter) -> float:
        scale = await learned(counter)
        await count(counter, [{"role": "user", "content": "word " * 20_000}])
        return resident_mib(scale._worker.pid)

    assert counting(server.url, act) < MAX_WORKER_MIB


def test_the_loop_goes_on_meanwhile(server: ModelServer) -> None:
    """A long text holds up nobody else."""

    async def act(counter: Counter) -> tuple[int, int]:
        await learned(counter)
        ticks = 0
        counting = asyncio.create_task(
            count(counter, [{"role": "user", "content": "word another " * 50_000}])
        )
        while not counting.done():
            ticks += 1
            await asyncio.sleep(0)
        return (await counting).tokens, ticks

    tokens, ticks = counting(server.url, act)

    assert tokens > 100_000
    assert ticks > 100


def test_a_process_that_dies_is_started_again(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two, counts are estimates."""
    monkeypatch.setattr(process_module, "START_AGAIN_AFTER_S", 0.0)

    async def act(counter: Counter) -> tuple[bool, bool]:
        scale = await learned(counter)
        assert scale._worker.pid is not None
        assert scale._worker._reading is not None
        os.kill(scale._worker.pid, signal.SIGKILL)
        await scale._worker._reading
        lost = await count(counter, [{"role": "user", "content": "one"}])
        await learned(counter)
        return lost.exact, (await count(counter, [{"role": "user", "content": "two"}])).exact

    assert counting(server.url, act) == (False, True)


def test_the_process_ends_with_the_counter(server: ModelServer) -> None:
    """It is not left behind."""

    async def act(counter: Counter) -> int:
        pid = (await learned(counter))._worker.pid
        assert pid is not None
        return pid

    pid = counting(server.url, act)

    until_s = time.monotonic() + WAIT_S
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def test_a_model_that_the_server_does_not_have_is_an_estimate(server: ModelServer) -> None:
    """And nothing is fetched for it."""

    async def act(counter: Counter) -> Counted:
        chat = Chat("messages", [{"role": "user", "content": "hi"}])
        return await counter.count("other", chat, "/api/chat", {})

    assert not counting(server.url, act).exact
    assert "/api/show" not in server.paths()


def test_the_simulation_has_no_vocabulary(tmp_path: Path) -> None:
    """Its tokens are four characters each, which no vocabulary says; counts of it are marked estimates."""
    messages = [{"role": "user", "content": "The quick brown fox jumps over the lazy dog. " * 50}]

    async def act(counter: Counter) -> Counted:
        return await count(counter, messages)

    with simulation(tmp_path) as running:
        counted = counting(running.url, act)
        body = {"model": MODEL, "messages": messages, "stream": False, "options": {"num_predict": 1}}
        answer = httpx.post(f"{running.url}/api/chat", json=body).raise_for_status().json()

    assert not counted.exact
    assert counted.tokens == pytest.approx(answer["prompt_eval_count"], rel=0.2)
