# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 spoken over a plain socket, so that a test sees every byte that a client could see."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

HEADS_LIMIT = 1 << 20
READ_BYTES = 1 << 20
TIMEOUT_S = 30.0
BODILESS = (204, 304)

Header = tuple[str, str]


@dataclass
class Answer:
    """One answer as it came; `chunked` is how its body was framed."""

    status: int
    reason: str
    headers: list[Header]
    body: bytes = b""
    chunked: bool = False
    trailers: list[Header] = field(default_factory=list)
    # Answers of status 1xx that came before.
    interim: list[int] = field(default_factory=list)

    def value(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


class Connection:
    """One connection, from the side of the client."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, TIMEOUT_S)
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self, method: str = "GET") -> Answer:
        """The next answer with its body."""
        answer = self.head()
        interim = []
        while answer.status < 200:
            interim.append(answer.status)
            answer = self.head()
        answer.interim = interim
        if method != "HEAD" and answer.status not in BODILESS:
            answer.body = b"".join(self.body(answer))
        return answer

    def head(self) -> Answer:
        """The next head alone, also of an interim answer."""
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        text, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        first, *lines = text.decode("latin-1").split("\r\n")
        version, status, reason = (*first.split(" ", 2), "")[:3]
        assert version == "HTTP/1.1", first
        headers = [_header(line) for line in lines]
        answer = Answer(int(status), reason, headers)
        answer.chunked = (answer.value("transfer-encoding") or "").lower() == "chunked"
        return answer

    def body(self, answer: Answer) -> Iterator[bytes]:
        """The body in pieces, without its framing."""
        length = answer.value("content-length")
        if answer.chunked:
            while size := int(self._line().split(b";")[0], 16):
                yield from self._take(size)
                assert self._line() == b""
            while line := self._line():
                answer.trailers.append(_header(line.decode("latin-1")))
        elif length is not None:
            yield from self._take(int(length))
        else:
            yield from self._rest()

    def _take(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._buffer:
                self._fill()
            piece, self._buffer = self._buffer[:size], self._buffer[size:]
            size -= len(piece)
            yield piece

    def _rest(self) -> Iterator[bytes]:
        if self._buffer:
            yield self._buffer
            self._buffer = b""
        while piece := self.socket.recv(READ_BYTES):
            yield piece

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._fill()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def _fill(self) -> None:
        piece = self.socket.recv(READ_BYTES)
        assert piece, f"the connection ended; before that came {self._buffer[-200:]!r}"
        self._buffer += piece
        assert len(self._buffer) <= READ_BYTES + HEADS_LIMIT


@contextmanager
def connection(url: str) -> Iterator[Connection]:
    """A connection to `http://host:port`."""
    host, port = url.removeprefix("http://").split(":")
    opened = Connection((host, int(port)))
    try:
        yield opened
    finally:
        opened.socket.close()


def _header(line: str) -> Header:
    name, _, value = line.partition(":")
    return name, value.strip(" \t")
