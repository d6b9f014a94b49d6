# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Clients in a closed loop: each asks, reads the stream to its end, and asks again."""

from __future__ import annotations

import asyncio
import ssl
import time
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from green_common.errors import UnavailableError
from green_qwen.load.dialects import OLLAMA, OPENAI, Counts, Dialect, is_error, with_fields
from green_qwen.load.dialogues import Dialogue, Message, Source
from green_qwen.load.record import Answer, Failure, Open, Record

CONNECT_WITHIN_S = 10.0
LOAD_WITHIN_S = 600.0
# A client that was refused waits as long as the server says, and no longer than this.
PAUSE_S, PAUSE_MOST_S = 0.5, 5.0
REQUEST_ID = "X-Green-Request-Id"
SAID_MOST = 200


@dataclass(frozen=True, slots=True)
class Server:
    """
    Whom clients ask, and how.

    `fields` go into each request's body, such as {"think": False}, {"options": {"temperature": 0}}, or for
    random weights on llama-server {"ignore_eos": True, "cache_prompt": False}. `answer_within_s` ends a
    request that takes longer, as a failure; None waits as long as it takes.
    """

    url: str
    model: str
    dialect: Dialect = OLLAMA
    fields: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    answer_within_s: float | None = None


class _NoAnswer(Exception):
    """A request failed; its kind, what was said, and how long to wait before the next one."""

    def __init__(self, kind: str, said: str, pause_s: float = PAUSE_S) -> None:
        super().__init__(said)
        self.failure = (kind, said)
        self.pause_s = pause_s


async def load_model(server: Server) -> None:
    """Have the model ready; raises UnavailableError with what the server said where it refuses."""
    body: dict[str, Any] = {"model": server.model, "keep_alive": "30m"}
    path = "/api/generate"
    if server.dialect is OPENAI:
        hello: Message = {"role": "user", "content": "hello"}
        path, body = OPENAI.path, {**OPENAI.body(server.model, [hello], 1), "stream": False}
        del body["stream_options"]
    timeout = httpx.Timeout(LOAD_WITHIN_S, connect=CONNECT_WITHIN_S)
    async with _http(server, timeout) as http:
        try:
            response = await http.post(path, json=body)
        except httpx.HTTPError as error:
            text = f"{server.url}: {type(error).__name__} {error}; is the model server running there?"
            raise UnavailableError(text) from error
    if response.is_error:
        raise UnavailableError(f"{server.url} can't load {server.model}: {response.text[:SAID_MOST]}")


async def hold_dialogues(
    server: Server,
    source: Source,
    clients: int,
    record: Record,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Talk until the source has no more dialogues, or until cancelled."""
    timeout = httpx.Timeout(None, connect=CONNECT_WITHIN_S)
    # A pool each: a common one looks at every other client's connection for each request, a third of all CPU.
    trust = httpx.create_ssl_context(trust_env=False)

    async def talk(number: int) -> None:
        async with _http(server, timeout, trust) as http:
            await _Client(number, http, server, record, clock).talk(source)

    await asyncio.gather(*map(talk, range(clients)))


def _http(server: Server, timeout: httpx.Timeout, trust: ssl.SSLContext | bool = True) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=server.url,
        timeout=timeout,
        verify=trust,
        headers={"Accept-Encoding": "identity", **server.headers},
        trust_env=False,
    )


class _Client:
    """One client and its dialogue."""

    def __init__(
        self,
        number: int,
        http: httpx.AsyncClient,
        server: Server,
        record: Record,
        clock: Callable[[], float],
    ) -> None:
        self._number, self._http, self._server = number, http, server
        self._record, self._clock = record, clock

    async def talk(self, source: Source) -> None:
        while (dialogue := source.next_for(self._number)) is not None:
            try:
                await self._hold(dialogue)
            except _NoAnswer as none:
                self._record.failures.append(Failure(none.failure[0], self._clock(), none.failure[1]))
                await asyncio.sleep(none.pause_s)
        if self._record.ran_out_s is None:
            self._record.ran_out_s = self._clock()

    async def _hold(self, dialogue: Dialogue) -> None:
        history: list[Message] = []
        for position, turn in enumerate(dialogue.turns, start=1):
            history.extend(turn.messages)
            body = self._server.dialect.body(self._server.model, history, turn.answer_tokens)
            # Its text is of use to a turn that comes after it alone, and costs.
            keep = position < len(dialogue.turns)
            answer = await self._ask(with_fields(body, self._server.fields), keep=keep)
            if keep:
                history.append({"role": "assistant", "content": answer})

    async def _ask(self, body: Mapping[str, Any], *, keep: bool) -> str:
        cut_off = False
        open_ = self._record.open[self._number] = Open(self._clock())
        try:
            asked = self._stream(body, open_, keep=keep)
            answer = await asyncio.wait_for(asked, self._server.answer_within_s)
        except asyncio.TimeoutError as error:
            raise _NoAnswer("timeout", f"no answer in {self._server.answer_within_s} s") from error
        except httpx.ConnectError as error:
            raise _NoAnswer("connect", str(error)) from error
        except (httpx.HTTPError, ValueError) as error:
            raise _NoAnswer("broken", f"{type(error).__name__} {error}") from error
        except asyncio.CancelledError:
            # The load is over: this one stays in the record as open, with the tokens that have come.
            cut_off = True
            raise
        finally:
            if not cut_off:
                del self._record.open[self._number]
        return answer

    async def _stream(self, body: Mapping[str, Any], open_: Open, *, keep: bool) -> str:
        dialect = self._server.dialect
        async with self._http.stream("POST", dialect.path, json=body) as response:
            if response.is_error:
                raise await _refusal(response)
            stream = _Stream(dialect, open_.token_times_s, keep=keep)
            async for piece in response.aiter_raw():
                self._record.pieces += stream.take(piece, self._clock())
        if stream.counts is None:
            raise _NoAnswer("broken", "the stream ended without the server's counts")
        self._record.add(self._answer(open_, stream.counts, response.headers.get(REQUEST_ID, "")))
        return dialect.text(stream.lines)

    def _answer(self, open_: Open, counts: Counts, request: str) -> Answer:
        return Answer(
            client=self._number,
            start_s=open_.start_s,
            end_s=self._clock(),
            prompt_tokens=counts.prompt_tokens,
            output_tokens=counts.output_tokens,
            token_times_s=open_.token_times_s,
            request=request,
        )


class _Stream:
    """One answer as it comes: the time of each line with text, and the counts."""

    def __init__(self, dialect: Dialect, times_s: array[float], *, keep: bool) -> None:
        self._dialect, self._times_s, self._keep = dialect, times_s, keep
        self._rest = b""
        self.counts: Counts | None = None
        self.lines: list[bytes] = []

    def take(self, piece: bytes, now_s: float) -> int:
        """What the connection gave at once; returns in how many lines of it there was text."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return sum(self._line(line, now_s) for line in lines)

    def _line(self, line: bytes, now_s: float) -> bool:
        if is_error(line):
            raise _NoAnswer("error", line.decode(errors="replace")[:SAID_MOST])
        if self._dialect.is_token(line):
            self._times_s.append(now_s)
            if self._keep:
                self.lines.append(line)
            return True
        self.counts = self._dialect.counts(line) or self.counts
        return False


async def _refusal(response: httpx.Response) -> _NoAnswer:
    said = (await response.aread()).decode(errors="replace")[:SAID_MOST]
    after = response.headers.get("Retry-After", "")
    pause_s = min(float(after), PAUSE_MOST_S) if after.isdigit() else PAUSE_S
    return _NoAnswer(f"status {response.status_code}", said, pause_s)
