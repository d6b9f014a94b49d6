# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
HTTP/1.1 with one client, as an asyncio protocol under uvicorn's server.

llhttp reads the bytes, `strictness` says what is refused, and each request becomes an Exchange with a
task of its own. Requests that a client sends before the answer to an earlier one wait their turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.server import ServerState

from green_proxy.door.deadlines import Deadlines
from green_proxy.door.exchange import Exchange
from green_proxy.door.mishap import log_mishap
from green_proxy.door.request_body import EMPTY, HIGH_WATER_BYTES, RequestBody
from green_proxy.door.strictness import (
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    BadRequest,
    Framing,
    check_size,
    framing_of,
    not_http,
    origin_form,
    too_large,
)
from green_proxy.fault import ClientLeft, Fault

if TYPE_CHECKING:
    import uvicorn

    from green_proxy.headers import Headers

Handler = Callable[[Exchange], Awaitable[None]]

# Clients that pool connections keep them longer than the 5 s that are usual; Ollama itself never closes one.
KEEP_ALIVE_S = 75.0
HEAD_TIMEOUT_S = 30.0
# For a client to read the answer to a request of which we did not take all.
LINGER_S = 5.0
# For a client to read the rest of its last answer.
CLOSING_S = 60.0
READ_BYTES = 65_536
# Requests that may wait behind a running one: above the first figure we read no more, above the second
# the connection ends.
AHEAD_READ, AHEAD_LIMIT = 8, 256
# Bytes of chunk sizes, extensions and trailers: this many, and so many for each byte of the body.
CHUNK_WASTE_BYTES, CHUNK_WASTE_PER_BYTE = 16_384, 8

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
COUNTED = {
    "connections_total": "Connections of clients that were taken",
    "bad_requests_total": "Requests that were answered with an error since they were not strictly HTTP",
}
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class State(ServerState):
    """What the connections of one server share."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = memoryview(bytearray(READ_BYTES))
        self.idle: Deadlines[Connection] = Deadlines(KEEP_ALIVE_S, Connection.idle_too_long)
        self.heads: Deadlines[Connection] = Deadlines(HEAD_TIMEOUT_S, Connection.head_too_slow)
        self.lingering: Deadlines[Connection] = Deadlines(LINGER_S, Connection.give_up)
        self.closing: Deadlines[Connection] = Deadlines(CLOSING_S, Connection.give_up)
        self.counts: dict[str, float] = dict.fromkeys(COUNTED, 0)
        # Set while the server drains: called whenever a connection or a task has ended.
        self.on_change: Callable[[], None] | None = None

    def changed(self) -> None:
        if self.on_change is not None:
            self.on_change()


class Connection(asyncio.BufferedProtocol):
    """
    One client's connection.

    All connections read into one buffer: what asyncio would allocate for each reading costs five times
    the reading itself.
    """

    __slots__ = (
        "_began",
        "_body",
        "_body_bytes",
        "_buffer",
        "_current",
        "_deaf",
        "_exchange",
        "_framing",
        "_handler",
        "_head_bytes",
        "_headers",
        "_last_request",
        "_parser",
        "_paused",
        "_phase",
        "_read_bytes",
        "_replaying",
        "_state",
        "_target",
        "_tasks",
        "_waiting",
        "_waste_bytes",
        "closing",
        "door",
        "loop",
        "peer",
        "pressed",
        "transport",
    )

    BETWEEN, HEAD, BODY = range(3)

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: State,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        door: str = "api",
    ) -> None:
        self.door = door
        self.peer = ""
        self.pressed = False
        self.closing = False
        self.loop = _loop or asyncio.get_running_loop()
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._parser: httptools.HttpRequestParser = httptools.HttpRequestParser(self)
        self._handler = cast("Handler", config.loaded_app)
        self._state = server_state
        self._buffer = server_state.buffer
        self._tasks = server_state.tasks
        # Requests that are not being answered yet, with why not if they never will be.
        self._waiting: deque[tuple[Exchange, BadRequest | None]] = deque()
        # The request that is being answered, and the one that is being received.
        self._current: Exchange | None = None
        self._exchange: Exchange | None = None
        self._body: RequestBody = EMPTY
        self._framing = Framing()
        self._target = b""
        self._headers: Headers = []
        self._phase = self.BETWEEN
        self._last_request = False
        # Nothing that comes is looked at any more.
        self._deaf = False
        self._paused = False
        # The parser is being told the framing of a request that it has lost.
        self._replaying = False
        # Of the bytes that were read last: how many, how many of a body, and how many heads began in them.
        self._read_bytes = 0
        self._body_bytes = 0
        self._began = 0
        self._head_bytes = 0
        self._waste_bytes = 0

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if isinstance(peer, tuple) else ""
        _send_at_once(transport.get_extra_info("socket"))
        self._state.connections.add(self)  # type: ignore[arg-type]
        self._state.counts["connections_total"] += 1
        self._state.idle.put(self, self.loop)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._deaf:
            return
        phase = self._phase
        if phase == self.BETWEEN:
            self._state.idle.take(self)
        self._read_bytes = nbytes
        self._body_bytes = 0
        self._began = 0
        self._feed(self._buffer[:nbytes])
        if self._phase == self.HEAD or phase == self.HEAD:
            self._limit_head(phase)
        elif phase == self.BODY and self._framing.chunked and not self._began:
            self._limit_waste()
        if self._current is None:
            if self._waiting:
                self._next()
            elif self._phase == self.BETWEEN:
                self._state.idle.put(self, self.loop)
        if self._body.unread > HIGH_WATER_BYTES or self._waiting:
            self._regulate()

    def eof_received(self) -> None:
        # Half-closing counts as leaving, as it does for Go: nobody may read what would be generated.
        self._lose()
        self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closing = True
        self._lose()
        self._state.connections.discard(self)
        for deadlines in (self._state.idle, self._state.heads, self._state.lingering, self._state.closing):
            deadlines.take(self)
        # It holds our methods, and we hold it.
        del self._parser
        self._state.changed()

    def pause_writing(self) -> None:
        self._press(True)

    def resume_writing(self) -> None:
        self._press(False)

    # What the server calls.

    def shutdown(self) -> None:
        """Take no more requests; a running answer may end."""
        self.closing = True
        self._waiting.clear()
        if self._current is None:
            self._close()

    @property
    def exchange(self) -> Exchange | None:
        """The one whose answer is not whole."""
        return self._current

    # What the exchange calls.

    def answered(self, *, keep_alive: bool) -> None:
        received = self._current is None or self._current.body_received
        self._current = None
        if not keep_alive or self.closing:
            self._close(linger=not received)
        elif self._waiting:
            # Not from here, where the handler of the last request is still at work.
            self.loop.call_soon(self._next)
        elif self._phase == self.BETWEEN:
            self._state.idle.put(self, self.loop)
        elif self._phase == self.HEAD:
            self._state.heads.put(self, self.loop)

    def break_off(self, *, reset: bool) -> None:
        self._current = None
        if reset:
            _reset_on_close(self.transport.get_extra_info("socket"))
        self._close()

    # What the deadlines call.

    def idle_too_long(self) -> None:
        if self.transport.get_write_buffer_size():
            # The client still reads its last answer.
            self._state.idle.put(self, self.loop)
        else:
            self._close()

    def head_too_slow(self) -> None:
        if self._current is None:
            self._fail(BadRequest(408, f"the request's headers took longer than {HEAD_TIMEOUT_S:g} s"))
            self._next()

    def give_up(self) -> None:
        self.transport.abort()

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._replaying:
            return
        self._phase = self.HEAD
        self._began += 1
        self._target = b""
        self._headers = []
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come this way too, and end here.
        if self._phase != self.HEAD:
            return
        if len(self._headers) == MAX_HEADERS:
            raise too_large()
        self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        if self._replaying:
            return
        parser, headers = self._parser, self._headers
        method, version = parser.get_method().decode(), parser.get_http_version()
        framing = self._framing = framing_of(method, version, headers)
        target = origin_form(method, self._target, headers)
        if self._head_bytes + self._read_bytes > MAX_HEAD_BYTES:
            check_size(target, headers)
        if len(self._waiting) >= AHEAD_LIMIT:
            raise BadRequest(429, f"more than {AHEAD_LIMIT} requests were sent ahead of their answers")
        keep_alive = parser.should_keep_alive()
        self._body = self._body_of(framing)
        self._exchange = Exchange(
            self,
            method,
            target,
            headers,
            body=self._body,
            body_bytes=None if framing.chunked else framing.length,
            http_1_1=version == "1.1",
            keep_alive=keep_alive,
        )
        self._waiting.append((self._exchange, None))
        self._last_request = not keep_alive
        self._waste_bytes = 0
        self._phase = self.BODY

    def on_body(self, data: bytes) -> None:
        self._body_bytes += len(data)
        self._body.feed(data)

    def on_message_complete(self) -> None:
        if self._body is not EMPTY:
            if self._parser.should_upgrade():
                # The parser takes the body for bytes of another protocol: see _feed.
                return
            self._body.finish()
        self._phase = self.BETWEEN
        # What follows a request that asks to close is nobody's business.
        self._deaf = self._last_request

    # Reading.

    def _feed(self, data: memoryview) -> None:
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._after_upgrade(data[upgrade.args[0] :])
            except httptools.HttpParserError as error:
                if not self._deaf:
                    self._fail(_why(error))
                return
            else:
                return

    def _after_upgrade(self, rest: memoryview) -> memoryview:
        """
        Go on as though no other protocol had been asked for, as is our right (RFC 9110, section 7.8).

        The parser can't: a new one gets the rest, after a head that frames the body as the client's did.
        """
        self._parser = httptools.HttpRequestParser(self)
        if self._phase == self.BODY:
            framing = self._framing
            end = b"Transfer-Encoding: chunked" if framing.chunked else b"Content-Length: %d" % framing.length
            self._replaying = True
            self._parser.feed_data(b"POST / HTTP/1.1\r\n" + end + b"\r\n\r\n")
            self._replaying = False
        return rest

    def _fail(self, bad: BadRequest) -> None:
        """Nothing that follows can be understood: answer what came before, then this, and close."""
        self._deaf = True
        self._state.heads.take(self)
        self._state.counts["bad_requests_total"] += 1
        exchange = self._exchange
        if self._phase != self.BODY or exchange is None:
            self._waiting.append((self._unread_exchange(), bad))
        elif self._waiting and self._waiting[-1][0] is exchange:
            self._waiting[-1] = (exchange, bad)
        else:
            self._body.fail(Fault(bad.status, bad.text, "malformed request"))

    def _unread_exchange(self) -> Exchange:
        """One for a request whose head could not be read; as its body never ends, the answer closes."""
        method = self._parser.get_method().decode() if self._target else "GET"
        return Exchange(
            self,
            method,
            self._target,
            [],
            body=RequestBody(None, self._regulate),
            body_bytes=None,
            http_1_1=True,
            keep_alive=False,
        )

    def _body_of(self, framing: Framing) -> RequestBody:
        if not framing.chunked and not framing.length:
            return EMPTY
        return RequestBody(self._ask_for_body if framing.expects_continue else None, self._regulate)

    def _ask_for_body(self) -> None:
        if self._current is not None and not self._current.started:
            self.transport.write(CONTINUE)

    def _limit_head(self, phase: int) -> None:
        if self._phase != self.HEAD:
            self._state.heads.take(self)
            return
        if self._began:
            self._state.heads.put(self, self.loop)
        if self._began == (1 if phase == self.BETWEEN else 0):
            # All that was read belongs to this head; what it shares with others is a reading at most.
            self._head_bytes += self._read_bytes
        if self._head_bytes > MAX_HEAD_BYTES and not self._deaf:
            self._fail(too_large())

    def _limit_waste(self) -> None:
        """Sizes, extensions and trailers of chunks may not outweigh the body by far."""
        waste = self._read_bytes - (1 + CHUNK_WASTE_PER_BYTE) * self._body_bytes
        self._waste_bytes = max(0, self._waste_bytes + waste)
        if self._waste_bytes > CHUNK_WASTE_BYTES and not self._deaf:
            self._fail(BadRequest(400, "the chunks of the body hold more framing than body"))

    def _regulate(self) -> None:
        """Read no more than somebody takes."""
        full = self._body.backlog > HIGH_WATER_BYTES or len(self._waiting) >= AHEAD_READ
        pause = full and not self._deaf
        if pause == self._paused or self.transport.is_closing():
            return
        self._paused = pause
        if pause:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    # Answering.

    def _next(self) -> None:
        if self._current is not None or not self._waiting:
            return
        exchange, bad = self._waiting.popleft()
        self._current = exchange
        if bad is not None:
            exchange.refuse(bad.status, bad.text, bad.headers)
        else:
            self._tasks.add(self.loop.create_task(self._serve(exchange)))
        if self._paused:
            self._regulate()

    async def _serve(self, exchange: Exchange) -> None:
        try:
            await self._handler(exchange)
        except ClientLeft:
            pass
        except Fault as fault:
            exchange.refuse(fault.status, fault.text)
        except Exception as error:
            log_mishap(error, exchange.id)
            exchange.refuse(500, "a fault in green-proxy; its journal tells where")
        finally:
            if not exchange.ended:
                # Nobody will end it.
                exchange.abort()
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self._state.changed()

    def _press(self, pressed: bool) -> None:
        self.pressed = pressed
        if self._current is not None:
            self._current.press(pressed)

    # Ending.

    def _lose(self) -> None:
        self._deaf = True
        self._waiting.clear()
        current, self._current = self._current, None
        if current is not None:
            current.lose(ClientLeft())

    def _close(self, *, linger: bool = False) -> None:
        """Close once all is written; `linger` where the client still sends, which would reset it."""
        self._deaf = self.closing = True
        self._waiting.clear()
        self._state.idle.take(self)
        self._state.heads.take(self)
        if self.transport.is_closing():
            return
        if linger:
            self._regulate()
            self._state.lingering.put(self, self.loop)
            with contextlib.suppress(OSError):
                self.transport.write_eof()
            return
        if self.transport.get_write_buffer_size():
            self._state.closing.put(self, self.loop)
        self.transport.close()


def _why(error: httptools.HttpParserError) -> BadRequest:
    """Our own word where a callback refused, else the parser's."""
    cause = error.__context__
    if cause is None:
        return not_http(str(error))
    if isinstance(cause, BadRequest):
        return cause
    log_mishap(cause, None)
    return BadRequest(500, "a fault in green-proxy; its journal tells where")


def _send_at_once(raw: socket.socket | None) -> None:
    """asyncio does so for sockets whose protocol it knows; those that systemd passes in may not say."""
    if raw is not None and raw.family != socket.AF_UNIX:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _reset_on_close(raw: socket.socket | None) -> None:
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
