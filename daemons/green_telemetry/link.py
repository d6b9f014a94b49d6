# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The connection to green-proxy's activity feed, which comes back by itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from green_common.errors import GreenError, UnavailableError
from green_common.feed import Envelope, FeedConnection, FeedError, connect
from green_telemetry.audit.restrained import PlainLog

FIRST_PAUSE_S = 0.25
# A proxy that is not there costs a failed connect() to look for; one that can't be trusted can wait.
LONGEST_PAUSE_S = 2.0
LONGEST_DISTRUST_S = 30.0
STEADY_S = 10.0
LATE_S = 3.0
# So that a flood of messages leaves room for the samples.
MAX_AT_ONCE = 256


class FeedLink:
    """Either connected, or waiting for the time of the next try; each trouble is said once."""

    def __init__(self, path: str, log: PlainLog) -> None:
        self.connection: FeedConnection | None = None
        self._path = path
        self._log = log
        self._pause_s = FIRST_PAUSE_S
        self._retry_at_s = 0.0
        self._connected_at_s = 0.0
        self._heard_at_s = 0.0
        self._missed = 0
        self._said = ""

    @property
    def connected(self) -> bool:
        return self.connection is not None

    def state(self, now_s: float) -> str:
        """For `systemctl status`; a proxy that is well says something every second."""
        if not self.connected:
            return "NO FEED from green-proxy, so no receipts"
        return "feed connected" if now_s - self._heard_at_s < LATE_S else "feed SILENT: is green-proxy stuck?"

    @property
    def retry_at_s(self) -> float | None:
        """When to call `connect` again, or None while connected."""
        return None if self.connected else self._retry_at_s

    def connect(self, now_s: float) -> bool:
        """Try to connect if it is time to; True where a connection was made."""
        if self.connected or now_s < self._retry_at_s:
            return False
        try:
            connection = connect(self._path)
        except GreenError as error:
            unavailable = isinstance(error, UnavailableError)
            self._wait(now_s, LONGEST_PAUSE_S if unavailable else LONGEST_DISTRUST_S)
            self._say("feed.absent", f"no activity feed, so no receipts: {error}", quiet=unavailable)
            return False
        connection.socket.setblocking(False)
        self.connection, self._missed = connection, 0
        self._connected_at_s = self._heard_at_s = now_s
        return True

    def receive(self, now_s: float) -> Iterator[Envelope[Any]]:
        """What has come, at most 256 messages; where the connection ends, `connected` says so after it."""
        turns = itertools.count()
        while next(turns) < MAX_AT_ONCE or (self.connection is not None and self.connection.buffered):
            if self.connection is None:
                return
            try:
                envelope = self.connection.receive()
            except BlockingIOError:
                return
            except FeedError as error:
                self._lose(now_s, LONGEST_DISTRUST_S)
                self._say("feed.refused", f"the activity feed can't be trusted and was closed: {error}")
                return
            except OSError as error:
                self._end(now_s, error.strerror or str(error))
                return
            if envelope is None:
                self._end(now_s, "green-proxy closed it")
                return
            self._heard_at_s = now_s
            self._note_gap()
            if self._said != "connected":
                self._said = "connected"
                self._log.info("feed.connected", say="connected to the activity feed")
            yield envelope

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _note_gap(self) -> None:
        missed = self.connection.missed if self.connection else 0
        if missed > self._missed:
            lost = missed - self._missed
            self._missed = missed
            say = f"the activity feed skipped {lost} messages; receipts of that time may be incomplete"
            self._log.warning("feed.gap", say=say, messages=lost)

    def _end(self, now_s: float, why: str) -> None:
        self._lose(now_s, LONGEST_PAUSE_S)
        self._say("feed.lost", f"the activity feed ended: {why}; no receipts until it is back")

    def _lose(self, now_s: float, longest_s: float) -> None:
        self.close()
        if now_s - self._connected_at_s > STEADY_S:
            self._pause_s = FIRST_PAUSE_S
        self._wait(now_s, longest_s)

    def _wait(self, now_s: float, longest_s: float) -> None:
        self._retry_at_s = now_s + self._pause_s
        self._pause_s = min(2 * self._pause_s, longest_s)

    def _say(self, event: str, say: str, *, quiet: bool = False) -> None:
        if say == self._said or (quiet and self._said.startswith("the activity feed ended")):
            return
        self._said = say
        (self._log.info if quiet else self._log.warning)(event, say=say)
