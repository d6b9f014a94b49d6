# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A model server that generates when the test says so, and clients that speak to it through green-proxy."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from green_proxy.door.keys import new_key
from integration.proxy_rig import WAIT_S, Call, ModelServer, Proxy, model_server
from integration.speech import PROMPT_TOKENS, Speech, speech_for

MODEL = "qwen3:32b"
SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
Message = dict[str, Any]


@dataclass
class Generation:
    """One generation at the model server: it speaks once it may, and ends once it may."""

    number: int
    path: str
    body: dict[str, Any]
    call: Call
    may_speak: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    arrived_s: float = field(default_factory=time.monotonic)
    # When the proxy closed the connection before the answer was whole.
    left_s: float | None = None

    @property
    def messages(self) -> list[Message]:
        return list(self.body["messages"])

    @property
    def text(self) -> str:
        """What it answers, which no other generation does."""
        return f"answer {self.number}"

    async def wait(self, event: asyncio.Event) -> None:
        """Until the test says so; raises ConnectionResetError where the proxy leaves before."""
        leaving = asyncio.ensure_future(self.call.reader.read(1))
        waiting = asyncio.ensure_future(event.wait())
        await asyncio.wait({leaving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        left = leaving.done()
        leaving.cancel()
        waiting.cancel()
        await asyncio.gather(leaving, waiting, return_exceptions=True)
        if left:
            self.left_s = time.monotonic()
            self.call.writer.close()
            raise ConnectionResetError


@dataclass
class Stage:
    """As much of Ollama as the proxy asks for; generations wait where it is `held`."""

    held: bool = False
    # Its first words come without the last byte of their line.
    splits: bool = False
    context_tokens: int = 32_768
    card: dict[str, Any] | None = None
    # What it says a prompt has.
    count: Callable[[list[Message]], int] = lambda _messages: PROMPT_TOKENS
    generations: list[Generation] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    server: ModelServer = field(init=False)

    @property
    def url(self) -> str:
        return self.server.url

    async def answer(self, call: Call) -> None:
        call.body = b"".join(await call.parts())
        path = call.target.partition("?")[0]
        if call.method == "POST" and path != "/api/show":
            await self._generate(call, path)
        else:
            await self._tell(call, path)

    async def _tell(self, call: Call, path: str) -> None:
        model = {"name": MODEL, "model": MODEL, "digest": "abc", "context_length": self.context_tokens}
        told: dict[str, Any] = {
            "/api/version": {"version": "0.33.0"},
            "/api/tags": {"models": [model]},
            "/api/ps": {"models": [model]},
            "/api/show": self.card,
        }
        body = json.dumps(told.get(path) or {"error": "not found"}).encode()
        status = "200 OK" if told.get(path) else "404 Not Found"
        await call.head(status, "Content-Type: application/json", f"Content-Length: {len(body)}")
        await call.write(body)

    async def _generate(self, call: Call, path: str) -> None:
        generation = Generation(len(self.generations) + 1, path, json.loads(call.body), call)
        if not self.held:
            generation.may_speak.set()
            generation.may_end.set()
        self.generations.append(generation)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            tokens = self.count(generation.body.get("messages") or [])
            await self._speak(generation, speech_for(path, generation.body, generation.text, tokens))
        finally:
            self.running -= 1

    async def _speak(self, generation: Generation, speech: Speech) -> None:
        call = generation.call
        await generation.wait(generation.may_speak)
        cut = len(speech.first) - self.splits
        if speech.streams:
            await call.stream(speech.media_type)
            await call.chunk(speech.first[:cut])
        await generation.wait(generation.may_end)
        if speech.streams:
            await call.chunk(speech.first[cut:] + speech.rest)
            await call.write(b"0\r\n\r\n")
        else:
            await call.whole(speech.first, speech.media_type)

    def speak(self, generation: Generation) -> None:
        self.server.loop.call_soon_threadsafe(generation.may_speak.set)

    def end(self, *generations: Generation) -> None:
        """Let these end, and speak if they have not."""
        for generation in generations:
            self.speak(generation)
            self.server.loop.call_soon_threadsafe(generation.may_end.set)

    async def arrived(self, count: int) -> list[Generation]:
        """All generations, once there are so many."""
        await until(lambda: len(self.generations) >= count)
        return self.generations


@contextlib.contextmanager
def stage(**settings: Any) -> Iterator[Stage]:
    made = Stage(**settings)
    with model_server(made.answer, resident=None) as made.server:
        yield made


def shaping(**settings: object) -> dict[str, str]:
    """Keys of [shaping] as the environment has them."""
    return {f"GREEN_SHAPING_{name.upper()}": str(value).lower() for name, value in settings.items()}


def keys_file(directory: Path, **kinds: str) -> tuple[Path, dict[str, str]]:
    """A file with a key for each name, of that kind, and the keys."""
    made = {name: new_key(name, kind) for name, kind in kinds.items()}
    path = directory / "keys"
    path.write_text("".join(f"{line}\n" for _, line in made.values()))
    path.chmod(0o640)
    return path, {name: key for name, (key, _) in made.items()}


async def until(condition: Callable[[], bool]) -> None:
    """Return when it has come true."""
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def client_of(proxy: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=proxy.url, timeout=WAIT_S, limits=limits, trust_env=False
    ) as client:
        yield client


def acting(proxy: Proxy, act: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    """Run what clients do, in an event loop of its own."""

    async def run() -> Any:
        async with client_of(proxy) as client:
            return await act(client)

    return asyncio.run(run())


def user(*texts: str) -> list[Message]:
    return [{"role": "user", "content": text} for text in texts]


def assistant(text: str) -> Message:
    return {"role": "assistant", "content": text}


async def chat(
    client: httpx.AsyncClient,
    messages: list[Message],
    *,
    path: str = "/api/chat",
    conversation: str | None = None,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> httpx.Response:
    """Ask in one piece unless `stream` says otherwise."""
    headers = dict(headers or {})
    if conversation is not None:
        headers["X-Green-Conversation"] = conversation
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    body = {"model": MODEL, "messages": messages, "stream": False, **fields}
    return await client.post(path, json=body, headers=headers)


async def counts_of(client: httpx.AsyncClient, key: str | None = None) -> dict[str, float]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    found: dict[str, float] = (await client.get("/-/status", headers=headers)).json()["counts"]
    return found


async def counted(
    client: httpx.AsyncClient, reached: Callable[[dict[str, float]], bool], key: str | None = None
) -> None:
    """Return once the proxy's counts are so."""
    deadline_s = time.monotonic() + WAIT_S
    while True:
        counts = await counts_of(client, key)
        if reached(counts):
            return
        assert time.monotonic() < deadline_s, counts
        await asyncio.sleep(0.002)


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a client's request, as one does that closes its connection."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
