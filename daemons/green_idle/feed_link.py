# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The connection to green-proxy's feed: opened again and again, and each trouble said once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from green_common.errors import GreenError, NotPermittedError, UnavailableError
from green_common.feed import FeedConnection, FeedError, Unknown, connect
from green_common.feed.messages import FromReader
from green_common.logs import Log

RETRY_EVERY_S = 2.0
# One burst is heard in turns, so that a flood can't keep the rest of the loop waiting.
MESSAGES_A_TURN = 256


class FeedLost(GreenError):
    """The feed ended, or can't be trusted any more."""


class FeedLink:
    """At most one connection; `trouble` says why there is none."""

    def __init__(self, path: str, log: Log) -> None:
        self.connection: FeedConnection | None = None
        self.trouble = ""
        self._path = path
        self._log = log
        self._retry_at_s = float("-inf")

    def connect_if_due(self, at_s: float) -> bool:
        """True where a new connection was opened just now."""
        if self.connection or at_s < self._retry_at_s:
            return False
        try:
            self.connection = connect(self._path)
            self.connection.socket.setblocking(False)
        except (UnavailableError, NotPermittedError) as error:
            self._retry_at_s = at_s + RETRY_EVERY_S
            self._say(error)
            return False
        return True

    def read(self) -> Iterator[Any]:
        """The messages that wait; raises FeedLost."""
        turns = itertools.count()
        while next(turns) < MESSAGES_A_TURN or (self.connection is not None and self.connection.buffered):
            if self.connection is None:
                return
            try:
                envelope = self.connection.receive()
            except BlockingIOError:
                return
            except (FeedError, OSError) as error:
                raise FeedLost(f"the feed can't be trusted: {error}") from error
            if envelope is None:
                raise FeedLost("green-proxy closed the feed")
            if self.connection.missed:
                raise FeedLost(f"{self.connection.missed} messages of the feed were lost")
            if not isinstance(envelope.message, Unknown):
                yield envelope.message

    def send(self, message: FromReader) -> None:
        """Raises FeedLost; does nothing where there is no connection."""
        if self.connection is None:
            return
        try:
            self.connection.send(message)
        except OSError as error:
            raise FeedLost(f"green-proxy does not listen any more: {error.strerror}") from error

    def lose(self, error: FeedLost, at_s: float) -> None:
        """Close, say why, and try again later."""
        self.close()
        self._retry_at_s = at_s + RETRY_EVERY_S
        self._say(error)

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None

    def is_heard(self) -> None:
        """The feed speaks: the next trouble is news again."""
        if self.connection:
            self.trouble = ""

    def _say(self, error: GreenError) -> None:
        if str(error) == self.trouble:
            return
        self.trouble = str(error)
        # A proxy that is not there yet is no fault; one that may not be heard is.
        say = self._log.info if isinstance(error, UnavailableError) else self._log.warning
        say("feed.lost", say=f"no feed, so clocks stay up: {error}")
