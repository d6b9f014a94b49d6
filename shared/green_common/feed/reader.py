# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The reading end of the activity feed: one blocking or selectable connection to green-proxy.

Plain sockets on purpose: the reader that has to wake fastest measured half the delay of an asyncio one.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from green_common.errors import NotPermittedError, UnavailableError
from green_common.feed.codec import Envelope, FeedError, decode, encode
from green_common.feed.messages import FROM_PROXY, MAX_MESSAGE_BYTES, FromReader
from green_common.feed.peer import peer_of


@dataclass(slots=True)
class FeedConnection:
    """An open connection; `missed` counts the messages that the numbers show were lost."""

    socket: socket.socket
    missed: int = 0
    _last_number: int = field(default=0)
    # Messages that came in one datagram with an earlier one, the last first.
    _lines: list[bytes] = field(default_factory=list)
    _sent: int = field(default=0)

    def fileno(self) -> int:
        return self.socket.fileno()

    @property
    def buffered(self) -> bool:
        """True where the next message is here already, so that no select() will tell of it."""
        return bool(self._lines)

    def receive(self) -> Envelope[Any] | None:
        """
        The next message, or None at the end of the connection.

        One of a type that is not known here comes as `Unknown`. Raises BlockingIOError on a non-blocking
        socket with nothing to read, and FeedError where the other end can't be trusted: then close.
        """
        if not self._lines:
            datagram, _, flags, _ = self.socket.recvmsg(MAX_MESSAGE_BYTES)
            if not datagram:
                return None
            if flags & socket.MSG_TRUNC:
                raise FeedError(f"a datagram of more than {MAX_MESSAGE_BYTES} bytes")
            self._lines = datagram.split(b"\n")[::-1]
        envelope = decode(self._lines.pop(), FROM_PROXY)
        self._count(envelope.number)
        return envelope

    def send(self, message: FromReader) -> None:
        """Raises OSError where the proxy is gone."""
        self._sent += 1
        self.socket.send(encode(message, number=self._sent, time_s=time.monotonic()))

    def close(self) -> None:
        self.socket.close()

    def _count(self, number: int) -> None:
        if number <= self._last_number:
            raise FeedError(f"message {number} after message {self._last_number}")
        self.missed += number - self._last_number - 1
        self._last_number = number


def connect(path: str, *, timeout_s: float = 1.0) -> FeedConnection:
    """
    Connect to the proxy's feed and make sure that it is the proxy's.

    The peer has to own the directory of the socket: systemd made that for the proxy alone. Raises
    UnavailableError where nobody listens, NotPermittedError where the socket is somebody else's.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(timeout_s)
    try:
        connection.connect(path)
        _check_owner(connection, path)
    except PermissionError as error:
        connection.close()
        raise NotPermittedError(
            f"{path}: may not be read by uid {os.geteuid()}; it has to be in the feed's group"
        ) from error
    except OSError as error:
        connection.close()
        raise UnavailableError(
            f"{path}: nobody listens ({error.strerror or error}); is green-proxy running?"
        ) from error
    except NotPermittedError:
        connection.close()
        raise
    connection.settimeout(None)
    return FeedConnection(connection)


def _check_owner(connection: socket.socket, path: str) -> None:
    directory = Path(path).parent
    owner_uid, peer_uid = directory.stat().st_uid, peer_of(connection).uid
    if peer_uid != owner_uid:
        raise NotPermittedError(
            f"{path}: served by uid {peer_uid}, but {directory} belongs to uid {owner_uid}; "
            "another user's process sits on the feed: stop it and restart green-proxy"
        )
