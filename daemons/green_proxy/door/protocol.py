# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
HTTP/1.1 with one client, as an asyncio protocol under uvicorn's server.

Each request becomes an Exchange with a task of its own. Those that a client sends before the answer to an
earlier one wait their turn.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from green_proxy.door.exchange import Exchange
from green_proxy.door.mishap import OUR_FAULT, log_mishap
from green_proxy.door.reader import BETWEEN, HEAD, Reader
from green_proxy.door.request_body import HIGH_WATER_BYTES
from green_proxy.door.socket_options import reset_on_close, send_at_once
from green_proxy.door.state import HEAD_TIMEOUT_S, State
from green_proxy.door.strictness import BadRequest
from green_proxy.fault import ClientLeft, Fault

if TYPE_CHECKING:
    import uvicorn

Handler = Callable[[Exchange], Awaitable[None]]

# Requests that wait for the answers to earlier ones: with so many we read no more.
AHEAD_READ = 8

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.BufferedProtocol):
    """
    One client's connection.

    All connections read into one buffer: what asyncio would allocate for each reading costs five times
    the reading itself.
    """

    __slots__ = (
        "_buffer",
        "_current",
        "_handler",
        "_paused",
        "_reader",
        "_state",
        "_tasks",
        "closing",
        "door",
        "loop",
        "peer",
        "pressed",
        "transport",
    )

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
        self._handler = cast("Handler", config.loaded_app)
        self._state = server_state
        self._buffer = server_state.buffer
        self._tasks = server_state.tasks
        self._reader = Reader(self, ask_for_body=self._ask_for_body, room=self._regulate)
        # The one that is being answered.
        self._current: Exchange | None = None
        self._paused = False

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if isinstance(peer, tuple) else ""
        send_at_once(transport.get_extra_info("socket"))
        self._state.connections.add(self)  # type: ignore[arg-type]
        self._state.counts["connections_total"] += 1
        self._state.idle.put(self, self.loop)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        reader = self._reader
        if reader.deaf:
            return
        phase = reader.phase
        if phase == BETWEEN:
            self._state.idle.take(self)
        reader.read(self._buffer[:nbytes])
        if reader.phase != HEAD:
            if phase == HEAD:
                self._state.heads.take(self)
        elif reader.began:
            self._state.heads.put(self, self.loop)
        if self._current is None:
            if reader.requests:
                self._next()
            elif reader.phase == BETWEEN:
                self._state.idle.put(self, self.loop)
        if reader.requests or reader.body.unread > HIGH_WATER_BYTES:
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
        self._state.counts["bad_requests_total"] += self._reader.failed
        self._reader.close()
        self._state.changed()

    def pause_writing(self) -> None:
        self._press(True)

    def resume_writing(self) -> None:
        self._press(False)

    # What the server calls.

    def shutdown(self) -> None:
        """Take no more requests; a running answer may end."""
        self.closing = True
        self._reader.requests.clear()
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
        elif self._reader.requests:
            # Not from here, where the handler of the last request is still at work.
            self.loop.call_soon(self._next)
        elif self._reader.phase == BETWEEN:
            self._state.idle.put(self, self.loop)
        elif self._reader.phase == HEAD:
            self._state.heads.put(self, self.loop)

    def break_off(self, *, reset: bool) -> None:
        self._current = None
        if reset:
            reset_on_close(self.transport.get_extra_info("socket"))
        self._close()

    # What the deadlines call.

    def idle_too_long(self) -> None:
        if self.transport.get_write_buffer_size():
            # The client still reads its last answer.
            self._state.idle.put(self, self.loop)
        else:
            self._close()

    def head_too_slow(self) -> None:
        if self._current is None and not self._reader.deaf:
            self._reader.fail(BadRequest(408, f"the request's headers took longer than {HEAD_TIMEOUT_S:g} s"))
            self._next()

    def give_up(self) -> None:
        self.transport.abort()

    # Reading.

    def _ask_for_body(self) -> None:
        if self._current is not None and not self._current.started:
            self.transport.write(CONTINUE)

    def _regulate(self) -> None:
        """Read no more than somebody takes."""
        full = self._reader.body.backlog > HIGH_WATER_BYTES or len(self._reader.requests) >= AHEAD_READ
        pause = full and not self._reader.deaf
        if pause == self._paused or self.transport.is_closing():
            return
        self._paused = pause
        if pause:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    # Answering.

    def _next(self) -> None:
        if self._current is not None or not self._reader.requests:
            return
        exchange, bad = self._reader.requests.popleft()
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
            exchange.refuse(500, OUR_FAULT)
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
        self._reader.deaf = True
        self._reader.requests.clear()
        current, self._current = self._current, None
        if current is not None:
            current.lose(ClientLeft())

    def _close(self, *, linger: bool = False) -> None:
        """Close once all is written; `linger` where the client still sends, which would reset it."""
        self._reader.deaf = self.closing = True
        self._reader.requests.clear()
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
