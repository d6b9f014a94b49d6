# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One request on its way to the model server, and its answer on the way back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from green_proxy.fault import ClientLeft
from green_proxy.headers import Headers, value_of
from green_proxy.upstream.answer import Answer, Flow
from green_proxy.upstream.limits import Limits, overdue

if TYPE_CHECKING:
    from green_proxy.upstream.connection import Connection

SERVICE_UNAVAILABLE = 503
BUSY_WAIT_S = 0.5
LONGEST_BUSY_WAIT_S = 2.0


class Turn:
    """
    Follows one request, over one connection or, where that is safe, over another after it.

    It is the Flow of its answer, and what a Connection reports to.
    """

    __slots__ = (
        "_answer",
        "_began_s",
        "_limits",
        "_quiet_since_s",
        "answered",
        "busy_wait_s",
        "connection",
        "done",
        "error",
        "feeding",
        "head_only",
        "heard",
        "paused",
        "retries_busy",
        "sink",
        "waits_for_client",
    )

    def __init__(self, answer: Answer, limits: Limits, *, began_s: float, head_only: bool = False) -> None:
        self._answer = answer
        self._limits = limits
        self._began_s = self._quiet_since_s = began_s
        # What ended it while it waited for another try.
        self.error: Exception | None = None
        self.sink: Answer = answer
        self.head_only = head_only
        self.connection: Connection | None = None
        self.done: asyncio.Future[None]
        # The head was passed on, so that nothing can be tried again.
        self.answered = False
        # Something came since the last look: no clock is read for each chunk.
        self.heard = False
        # The request's body is not whole yet.
        self.feeding = False
        self.waits_for_client = False
        self.paused = False
        self.retries_busy = False
        self.busy_wait_s: float | None = None

    def renew(self, connection: Connection, done: asyncio.Future[None], now_s: float) -> None:
        """The request goes out now over this connection."""
        self.connection = connection
        self.done = done
        self.busy_wait_s = None
        self.sink = self._answer
        self._quiet_since_s = now_s

    def head(self, status: int, headers: Headers) -> None:
        """Pass the head on, or swallow a refusal that is worth another try."""
        if status == SERVICE_UNAVAILABLE and self.retries_busy:
            wait_s = busy_wait_s(headers)
            if wait_s <= LONGEST_BUSY_WAIT_S:
                self.busy_wait_s = wait_s
                self.sink = SWALLOW
                return
        self.answered = True
        self._answer.head(status, headers)

    def complete(self) -> None:
        """The answer is whole, and its connection no longer this turn's."""
        if not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        """End it with this error, and its connection with it."""
        self.leave()
        if self.done.done():
            self.error = error
        else:
            self.done.set_exception(error)

    def leave(self) -> None:
        """Close the connection where the answer is not whole."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Nothing more comes; let go of the answer: it holds us, and the collector has enough to do."""
        self.leave()
        self._answer = self.sink = SWALLOW

    def pause(self) -> None:
        self.paused = True
        if self.connection is not None:
            self.connection.pause()

    def resume(self) -> None:
        self.paused = False
        if self.connection is not None:
            self.connection.resume()

    def abort(self, error: Exception | None = None) -> None:
        self.fail(error or ClientLeft())

    def look(self, now_s: float) -> Exception | None:
        """End it where a limit is over, and say so; called every second or so."""
        if self.heard or self.paused or self.waits_for_client:
            self.heard = False
            self._quiet_since_s = now_s
        if self.connection is None:
            return None
        error = overdue(
            self._limits,
            now_s,
            began_s=self._began_s,
            quiet_since_s=self._quiet_since_s,
            answered=self.answered,
        )
        if error is not None:
            self.fail(error)
        return error


class _Swallow:
    """Takes an answer that nobody gets."""

    def begin(self, flow: Flow) -> None: ...

    def head(self, status: int, headers: Headers) -> None: ...

    def chunk(self, data: bytes) -> None: ...

    def end(self) -> None: ...


SWALLOW = _Swallow()


def busy_wait_s(headers: Headers) -> float:
    """How long to wait after a 503: what the server asks for; its other form, a date, is not read."""
    value = value_of(headers, b"retry-after")
    return float(value) if value is not None and value.isdigit() else BUSY_WAIT_S
