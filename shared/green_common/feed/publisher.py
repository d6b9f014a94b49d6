# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The proxy's end of the activity feed: a SEQPACKET listener whose readers are never waited for.

Each reader has the kernel's socket buffer and a bounded queue; one that falls behind is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import socket
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from green_common.feed.codec import FeedError, Unknown, decode, encode_once, numbered
from green_common.feed.messages import FROM_READER, MAX_MESSAGE_BYTES, FromProxy
from green_common.feed.peer import Peer, peer_of
from green_common.unix_socket import Names, bind_unix

MAX_READERS = 16
MAX_QUEUED = 512
# What nobody has to hear at once waits so long: a datagram costs many times what a message in it does.
GATHER_S = 0.005
# As asyncio's own servers do without descriptors.
FULL_PAUSE_S = 1.0


class FeedOwner(Protocol):
    """Who answers for what the feed says."""

    def greeting(self) -> Iterable[FromProxy]: ...

    def reader_said(self, reader: Reader, message: Any) -> None: ...

    def reader_left(self, reader: Reader, reason: str) -> None: ...


class Reader:
    """One connection of a reader, with its bounded queue."""

    def __init__(self, connection: socket.socket, publisher: Publisher) -> None:
        self.connection = connection
        self.peer: Peer = peer_of(connection)
        self._publisher = publisher
        self._queue: deque[bytes] = deque()
        self._waits = False
        self._sent = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(connection, self._receive)

    def send(self, message: FromProxy) -> None:
        """At once, for what this reader alone is told; what all were told before comes before it."""
        self._publisher.hand_out()
        self.queue(encode_once(message, time_s=time.monotonic()))
        self.flush()

    def queue(self, body: str) -> None:
        self._sent += 1
        self._queue.append(numbered(body, self._sent))

    def flush(self) -> None:
        if not self._waits:
            self._flush()
        if len(self._queue) > MAX_QUEUED:
            self._publisher.drop(self, f"fell {MAX_QUEUED} messages behind")

    def close(self) -> None:
        self._loop.remove_reader(self.connection)
        self._loop.remove_writer(self.connection)
        self.connection.close()

    def _flush(self) -> None:
        try:
            while self._queue:
                count = self._fitting()
                self.connection.send(b"\n".join(itertools.islice(self._queue, count)))
                for _ in range(count):
                    self._queue.popleft()
        except BlockingIOError:
            self._waits = True
            self._loop.add_writer(self.connection, self._flush)
        except OSError as error:
            self._publisher.drop(self, f"connection lost: {error.strerror}")
        else:
            if self._waits:
                self._waits = False
                self._loop.remove_writer(self.connection)

    def _fitting(self) -> int:
        """How many of the messages that wait go into one datagram."""
        size = count = 0
        for message in self._queue:
            size += len(message) + 1
            if size > MAX_MESSAGE_BYTES + 1:
                break
            count += 1
        return count

    def _receive(self) -> None:
        try:
            datagram = self.connection.recv(MAX_MESSAGE_BYTES + 1)
            if not datagram:
                self._publisher.drop(self, "connection closed")
                return
            message = decode(datagram, FROM_READER).message
            if not isinstance(message, Unknown):
                self._publisher.owner.reader_said(self, message)
        except BlockingIOError:
            return
        except FeedError as error:
            self._publisher.drop(self, str(error))
        except OSError as error:
            self._publisher.drop(self, f"connection lost: {error.strerror}")


class Publisher:
    """The listening socket and its readers; lives in one event loop."""

    def __init__(self, listener: socket.socket, owner: FeedOwner) -> None:
        self.owner = owner
        self.readers: list[Reader] = []
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._gathering: asyncio.TimerHandle | None = None
        # What was published and is not written out yet, each with its time.
        self._said: deque[tuple[FromProxy, float]] = deque()
        self._listen()

    def publish(self, message: FromProxy, *, at_once: bool = True) -> None:
        """Not at once, it is written out and sent with all else of the next GATHER_S, in few datagrams."""
        if not self.readers:
            return
        self._said.append((message, time.monotonic()))
        if at_once:
            self._flush()
        elif self._gathering is None:
            self._gathering = self._loop.call_later(GATHER_S, self._flush)

    def hand_out(self) -> None:
        """Give each reader, with its number, what was published up to now."""
        while self._said:
            message, at_s = self._said.popleft()
            body = encode_once(message, time_s=at_s)
            for reader in self.readers:
                reader.queue(body)

    def drop(self, reader: Reader, reason: str) -> None:
        if reader in self.readers:
            self.readers.remove(reader)
            reader.close()
            self.owner.reader_left(reader, reason)

    def close(self) -> None:
        if self._listener.fileno() < 0:
            return
        self._loop.remove_reader(self._listener)
        if self._pause:
            self._pause.cancel()
        # The ends of the last requests are among what waits.
        self._flush()
        for reader in tuple(self.readers):
            self.drop(reader, "green-proxy stops")
        path = self._listener.getsockname()
        self._listener.close()
        with contextlib.suppress(OSError):
            Path(path).unlink()

    def _flush(self) -> None:
        if self._gathering:
            self._gathering.cancel()
            self._gathering = None
        self.hand_out()
        for reader in tuple(self.readers):
            reader.flush()

    def _listen(self) -> None:
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                # Whoever waits goes on waiting, and the loop would do nothing but try.
                self._loop.remove_reader(self._listener)
                self._pause = self._loop.call_later(FULL_PAUSE_S, self._listen)
            return
        if len(self.readers) >= MAX_READERS:
            connection.close()
            return
        connection.setblocking(False)
        # Of what was before, it hears in its greeting.
        self.hand_out()
        reader = Reader(connection, self)
        self.readers.append(reader)
        for message in self.owner.greeting():
            reader.send(message)


def bind_feed(path: str, group: str) -> socket.socket:
    """Bind the feed's socket; raises what `bind_unix` raises."""
    names = Names("feed.socket", "feed.group", "green-proxy")
    return bind_unix(path, group, names, kind=socket.SOCK_SEQPACKET, backlog=MAX_READERS)
