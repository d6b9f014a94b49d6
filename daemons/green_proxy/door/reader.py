# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Makes exchanges of a client's bytes: llhttp reads them, `strictness` says what is refused."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import httptools

from green_proxy.door.exchange import Exchange, Line
from green_proxy.door.mishap import OUR_FAULT, log_mishap
from green_proxy.door.request_body import EMPTY, RequestBody
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
from green_proxy.fault import Fault

if TYPE_CHECKING:
    from green_proxy.headers import Headers

# Requests that may wait for the answers to earlier ones.
AHEAD_LIMIT = 256
# Bytes of chunk sizes, extensions and trailers: this many, and so many for each byte of the body.
CHUNK_WASTE_BYTES, CHUNK_WASTE_PER_BYTE = 16_384, 8
# Where in the client's bytes we are.
BETWEEN, HEAD, BODY = range(3)


class Reader:
    """Reads the requests of one connection; what can't be understood is the last of them."""

    __slots__ = (
        "_ask_for_body",
        "_body_bytes",
        "_exchange",
        "_framing",
        "_head_bytes",
        "_headers",
        "_last_request",
        "_line",
        "_parser",
        "_read_bytes",
        "_replaying",
        "_room",
        "_target",
        "_waste_bytes",
        "began",
        "body",
        "deaf",
        "failed",
        "phase",
        "requests",
    )

    def __init__(self, line: Line, *, ask_for_body: Callable[[], None], room: Callable[[], None]) -> None:
        # Those that nobody has begun to answer, and why not where nobody shall.
        self.requests: deque[tuple[Exchange, BadRequest | None]] = deque()
        self.phase = BETWEEN
        # Nothing that comes is looked at any more.
        self.deaf = False
        self.failed = False
        # The body that is being received, or was last.
        self.body = EMPTY
        # Heads that began in the bytes that were read last.
        self.began = 0
        self._line = line
        self._ask_for_body = ask_for_body
        self._room = room
        self._parser = httptools.HttpRequestParser(self)
        self._exchange: Exchange | None = None
        self._framing = Framing()
        self._target = b""
        self._headers: Headers = []
        self._last_request = False
        # The parser is being told the framing of a request that it has lost.
        self._replaying = False
        self._read_bytes = 0
        self._body_bytes = 0
        self._head_bytes = 0
        self._waste_bytes = 0

    def read(self, data: memoryview) -> None:
        """Take these bytes; nothing of them is kept but what they say."""
        phase = self.phase
        self._read_bytes = len(data)
        self._body_bytes = 0
        self.began = 0
        self._feed(data)
        if self.deaf:
            return
        if self.phase == HEAD:
            self._limit_head(phase)
        elif phase == BODY and self._framing.chunked and not self.began:
            self._limit_waste()

    def fail(self, bad: BadRequest) -> None:
        """Nothing that follows can be understood: this is the last answer."""
        self.deaf = self.failed = True
        exchange = self._exchange
        if self.phase != BODY or exchange is None:
            self.requests.append((self._unread_exchange(), bad))
        elif self.requests and self.requests[-1][0] is exchange:
            self.requests[-1] = (exchange, bad)
        else:
            self.body.fail(Fault(bad.status, bad.text))

    def close(self) -> None:
        """Let go of the parser: it holds our methods, and we hold it."""
        self.deaf = True
        self.requests.clear()
        del self._parser

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._replaying:
            return
        self.phase = HEAD
        self.began += 1
        self._target = b""
        self._headers = []
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come this way too, and end here.
        if self.phase != HEAD:
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
        if len(self.requests) >= AHEAD_LIMIT:
            raise BadRequest(429, f"more than {AHEAD_LIMIT} requests were sent ahead of their answers")
        keep_alive = parser.should_keep_alive()
        self.body = self._body_of(framing)
        self._exchange = Exchange(
            self._line,
            method,
            target,
            headers,
            body=self.body,
            body_bytes=None if framing.chunked else framing.length,
            http_1_1=version == "1.1",
            keep_alive=keep_alive,
        )
        self.requests.append((self._exchange, None))
        self._last_request = not keep_alive
        self._waste_bytes = 0
        self.phase = BODY

    def on_body(self, data: bytes) -> None:
        self._body_bytes += len(data)
        self.body.feed(data)

    def on_message_complete(self) -> None:
        if self.body is not EMPTY:
            if self._parser.should_upgrade():
                # The parser takes the body for bytes of another protocol: see _feed.
                return
            self.body.finish()
        self.phase = BETWEEN
        # What follows a request that asks to close is nobody's business.
        self.deaf = self._last_request

    def _feed(self, data: memoryview) -> None:
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._after_upgrade(data[upgrade.args[0] :])
            except httptools.HttpParserError as error:
                if not self.deaf:
                    self.fail(_why(error))
                return
            else:
                return

    def _after_upgrade(self, rest: memoryview) -> memoryview:
        """
        Go on as though no other protocol had been asked for, as is our right (RFC 9110, section 7.8).

        The parser can't: a new one gets the rest, after a head that frames the body as the client's did.
        """
        self._parser = httptools.HttpRequestParser(self)
        if self.phase == BODY:
            framing = self._framing
            end = b"Transfer-Encoding: chunked" if framing.chunked else b"Content-Length: %d" % framing.length
            self._replaying = True
            self._parser.feed_data(b"POST / HTTP/1.1\r\n" + end + b"\r\n\r\n")
            self._replaying = False
        return rest

    def _unread_exchange(self) -> Exchange:
        """One for a request whose head could not be read; as its body never ends, the answer closes."""
        method = self._parser.get_method().decode() if self._target else "GET"
        return Exchange(
            self._line,
            method,
            self._target,
            [],
            body=RequestBody(None, self._room),
            body_bytes=None,
            http_1_1=True,
            keep_alive=False,
        )

    def _body_of(self, framing: Framing) -> RequestBody:
        if not framing.chunked and not framing.length:
            return EMPTY
        return RequestBody(self._ask_for_body if framing.expects_continue else None, self._room)

    def _limit_head(self, phase: int) -> None:
        if self.began == (1 if phase == BETWEEN else 0):
            # All that was read belongs to this head; what it shares with others is a reading at most.
            self._head_bytes += self._read_bytes
        if self._head_bytes > MAX_HEAD_BYTES:
            self.fail(too_large())

    def _limit_waste(self) -> None:
        """Sizes, extensions and trailers of chunks may not outweigh the body by far."""
        waste = self._read_bytes - (1 + CHUNK_WASTE_PER_BYTE) * self._body_bytes
        self._waste_bytes = max(0, self._waste_bytes + waste)
        if self._waste_bytes > CHUNK_WASTE_BYTES:
            self.fail(BadRequest(400, "the chunks of the body hold more framing than body"))


def _why(error: httptools.HttpParserError) -> BadRequest:
    """Our own word where a callback refused, else the parser's."""
    cause = error.__context__
    if cause is None:
        return not_http(str(error))
    if isinstance(cause, BadRequest):
        return cause
    log_mishap(cause, None)
    return BadRequest(500, OUR_FAULT)
