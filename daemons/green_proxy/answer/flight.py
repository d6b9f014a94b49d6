# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A generation in flight: what the model server answers goes to every request that listens.

Most have one listener. More come where requests share a generation, and a flight without any is given up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from green_common.feed.reasons import CLIENT_LEFT, STOPPED, SUPERSEDED, Reason
from green_proxy.answer.account import Account
from green_proxy.answer.farewell import NDJSON, SSE, early_end, failure
from green_proxy.answer.listener import Listener
from green_proxy.answer.usage_filter import UsageFilter
from green_proxy.fault import Fault
from green_proxy.headers import Headers, text_of, value_of, without
from green_proxy.request.call import Call
from green_proxy.tokens.estimate import estimate_tokens
from green_proxy.upstream.answer import Flow

# The feed names at most 16 requests of one generation.
MAX_LISTENERS = 16
MAX_KEPT_BYTES = 1 << 20
EVENT_ENDS = (b"\n\n", b"\r\n\r\n")
STOPS = "green-proxy is being stopped; ask again in a moment"


class Flight:
    """Takes the answer from the upstream side, as its `Answer`, and hands it to the listeners."""

    __slots__ = (
        "_encoded",
        "_filter",
        "_flow",
        "_give_up",
        "_kept",
        "_kept_bytes",
        "_latest",
        "_pressing",
        "account",
        "began",
        "call",
        "ended",
        "head_seen",
        "listeners",
        "media_type",
    )

    def __init__(self, call: Call, account: Account, first: Listener) -> None:
        """For the task that is running now, which the flight cancels when nobody needs it any more."""
        self.call = call
        self.account = account
        self.listeners: list[Listener] = []
        self.head_seen: tuple[int, Headers] | None = None
        self.media_type = ""
        self.began = False
        # Nothing more is written, and nobody may join: answered, given up, or moved to another flight.
        self.ended = False
        self._encoded = False
        # The last that was written: whether more may follow shows at its end.
        self._latest = b""
        task = asyncio.current_task()
        assert task is not None
        self._give_up: Callable[[], object] = task.cancel
        self._flow: Flow | None = None
        self._filter: UsageFilter | None = None
        self._kept: list[bytes] | None = None
        self._kept_bytes = 0
        self._pressing: set[Listener] = set()
        self._take(first)

    @property
    def joinable(self) -> bool:
        """True while a newcomer can still be given the whole answer."""
        room = len(self.listeners) < MAX_LISTENERS
        return room and not self.ended and (not self.began or self._kept is not None)

    def keep(self) -> None:
        """Keep what comes, up to a bound, for those who join later."""
        self._kept = []

    def join(self, listener: Listener) -> None:
        """Give the newcomer all that came so far, and the rest as it comes."""
        self._take(listener)
        self.account.joined(listener.id)
        if self.head_seen:
            self._start(listener, *self.head_seen)
            for data in self._kept or ():
                listener.exchange.write(data)

    def adopt(self, older: Flight) -> None:
        """Take over the older flight's listeners, which got nothing yet, and give its generation up."""
        moved, older.listeners = older.listeners, []
        older.ended = True
        older.account.superseded()
        for listener in moved:
            self._take(listener)
            self.account.joined(listener.id)
        older._give_up()

    def end_early(self) -> bool:
        """
        A newer request made this answer needless: an end as if the model had stopped here.

        False where that can't be said, since it is no stream or one whose parts have to be closed.
        """
        call, usage = self.call, self._usage_so_far()
        last = self._as_last(
            early_end(call.path, self.media_type, call.model, time.time(), latest=self._latest, usage=usage)
        )
        if last is None:
            return False
        self.account.cancel(SUPERSEDED)
        self._finish(last)
        self._give_up()
        return True

    def cut(self) -> None:
        """green-proxy stops: an error as the last object, so that nobody takes the answer for whole."""
        self.account.cancel(STOPPED)
        for listener in self.listeners:
            if not listener.exchange.started:
                listener.exchange.refuse(503, STOPS)
        self._finish(self._as_last(failure(self.call.path, self.media_type, 503, STOPS)))
        self._give_up()

    def leave(self, listener: Listener) -> None:
        """Its client is gone; with the last one the generation goes."""
        self._release(listener)
        self.listeners.remove(listener)
        if self.listeners:
            self.account.left(listener.id, CLIENT_LEFT)
        else:
            self.ended = True
            self.account.cancel(CLIENT_LEFT)
            self._give_up()

    @property
    def status(self) -> int:
        return self.head_seen[0] if self.head_seen else 0

    def forward(self) -> None:
        """Announce the generation; the request goes out next."""
        self._filter = UsageFilter() if self.call.usage_asked_by_us else None
        self.account.forward(self.call.model)

    # What the upstream side calls.

    def begin(self, flow: Flow) -> None:
        self._flow = flow
        if self._pressing:
            flow.pause()

    def head(self, status: int, headers: Headers) -> None:
        if self.ended:
            # Given up, and its task has yet to hear of it.
            return
        self.media_type = (text_of(headers, b"content-type") or "").partition(";")[0].strip().lower()
        if self._filter and self.media_type == SSE:
            headers = without(headers, b"content-length")
        else:
            self._filter = None
        self._encoded = value_of(headers, b"content-encoding") is not None
        self.head_seen = (status, headers)
        self.account.head(status, "" if self._encoded else self.media_type)
        for listener in self.listeners:
            self._start(listener, status, headers)

    def chunk(self, data: bytes) -> None:
        if self.ended:
            return
        shown = self._filter.passes(data) if self._filter else data
        if shown:
            self._write(shown)
        # Behind the client, who waits; the books don't.
        self.account.chunk(data)

    def end(self) -> None:
        """The answer is whole."""
        if self.ended:
            return
        self.account.end()
        if self._filter and (rest := self._filter.rest()):
            self._write(rest)
        self._finish(b"")

    def fail(self, fault: Fault) -> None:
        """No answer: each listener is told why, or loses the stream that had begun."""
        self.account.cancel(fault.reason)
        for listener in self._let_go():
            if listener.exchange.started:
                listener.exchange.abort()
            else:
                listener.exchange.refuse(fault.status, fault.text, fault.headers)

    def lose(self, reason: Reason) -> None:
        """The answer broke off: the clients see a broken stream, not a clean end."""
        self.account.cancel(reason)
        for listener in self._let_go():
            listener.exchange.abort()

    def _usage_so_far(self) -> dict[str, int] | None:
        """For a client that asked for it; the server's own count of the prompt would have come at the end."""
        if not self.call.wants_usage:
            return None
        prompt, output = estimate_tokens(self.call.text), self.account.tokens
        return {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}

    def _write(self, data: bytes) -> None:
        self.began = True
        if self._kept is not None:
            self._keep_more(data)
        self._latest = data
        for listener in self.listeners:
            listener.exchange.write(data)

    def _keep_more(self, data: bytes) -> None:
        assert self._kept is not None
        self._kept.append(data)
        self._kept_bytes += len(data)
        if self._kept_bytes > MAX_KEPT_BYTES:
            self._kept = None

    def _as_last(self, words: bytes) -> bytes | None:
        """These words behind what was written; None where there is no stream that they could end."""
        latest = self._latest
        if not words or self._encoded or self.media_type not in (SSE, NDJSON):
            return None
        if latest and not latest.endswith(b"\n"):
            return None
        if self.media_type == SSE and latest and not latest.endswith(EVENT_ENDS):
            # Only an empty line ends an event; one too many does no harm.
            return b"\n" + words
        return words

    def _start(self, listener: Listener, status: int, headers: Headers) -> None:
        listener.exchange.start(status, [*headers, *self.call.notes, *listener.notes])

    def _finish(self, last: bytes | None) -> None:
        """End each answer that has begun with these words; with None it can only be broken off."""
        for listener in self._let_go():
            exchange = listener.exchange
            if last is None:
                exchange.abort()
            elif exchange.started:
                if last:
                    exchange.write(last)
                exchange.end()

    def _take(self, listener: Listener) -> None:
        self.listeners.append(listener)
        listener.exchange.on_leave(lambda: self.leave(listener))
        listener.exchange.on_cut(self.cut)
        listener.exchange.on_pressure(lambda slow: self._press(listener, slow=slow))

    def _release(self, listener: Listener) -> None:
        listener.exchange.on_leave(None)
        listener.exchange.on_cut(None)
        listener.exchange.on_pressure(None)
        self._press(listener, slow=False)
        listener.release()

    def _let_go(self) -> list[Listener]:
        self.ended = True
        gone, self.listeners = self.listeners, []
        for listener in gone:
            self._release(listener)
        return gone

    def _press(self, listener: Listener, *, slow: bool) -> None:
        """The slowest listener sets the pace: what it can't take would have to be kept for it."""
        before = bool(self._pressing)
        (self._pressing.add if slow else self._pressing.discard)(listener)
        if self._flow and before != bool(self._pressing):
            (self._flow.pause if slow else self._flow.resume)()
