# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What each request and generation is doing, by the feed alone.

Whatever is not known to decode counts as work that needs full clocks: what waits, loads or is prefilled, and
an answer in one piece, which never has a first token. The proxy's own count, once a second, is held against
ours; where they differ, nothing is known until they agree again.
"""

from __future__ import annotations

from dataclasses import dataclass

from green_common.feed.messages import (
    Accepted,
    Beat,
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    FromProxy,
    Hello,
    LoadFinished,
    LoadStarted,
    Running,
    Tokens,
)

DECODE = "decode"
# A feed that names more than this at a time has lost its way.
MOST = 4096


@dataclass(frozen=True, slots=True)
class Decoding:
    """The generations that decode while nothing else goes on, all of one model."""

    model: str
    generations: frozenset[str]


@dataclass(slots=True)
class _Generation:
    model: str
    requests: set[str]
    decodes: bool = False

    @property
    def counts(self) -> int:
        """What the proxy counts for it: its requests, or one for a load of its own."""
        return len(self.requests) or 1


class Phases:
    """Requests that wait, and generations by phase; `decoding` is None unless only decoding goes on."""

    def __init__(self) -> None:
        self._waiting: set[str] = set()
        self._generations: dict[str, _Generation] = {}
        self._agrees = False
        self.decoding: Decoding | None = None

    def forget(self) -> None:
        """Another connection, or none: nothing said so far counts."""
        self._waiting.clear()
        self._generations.clear()
        self._agrees, self.decoding = False, None

    def heard(self, message: FromProxy) -> None:
        if isinstance(message, Tokens):
            # The most frequent one changes nothing.
            return
        self._take(message)
        if len(self._waiting) + len(self._generations) > MOST:
            self.forget()
        self.decoding = self._find()

    def _take(self, message: FromProxy) -> None:
        if isinstance(message, Hello | Beat):
            if isinstance(message, Hello) or not message.in_flight:
                self.forget()
            self._agrees = message.in_flight == self._in_flight
        elif isinstance(message, Accepted):
            self._waiting.add(message.request)
        elif isinstance(message, Forwarded):
            self._forwarded(message)
        elif isinstance(message, Running):
            decodes = message.phase == DECODE
            self._generations[message.generation] = _Generation(message.model, set(message.requests), decodes)
            # The greeting's count was compared before its generations were named.
            self._agrees = False
        elif isinstance(message, LoadStarted | LoadFinished | FirstToken):
            self._enters(message.generation, decodes=isinstance(message, FirstToken))
        elif isinstance(message, Finished):
            self._generations.pop(message.generation, None)
        elif isinstance(message, Cancelled):
            self._cancelled(message)

    def _forwarded(self, message: Forwarded) -> None:
        self._waiting.difference_update(message.requests)
        known = self._generations.get(message.generation)
        if known:
            known.requests = set(message.requests)
        else:
            self._generations[message.generation] = _Generation(message.model, set(message.requests))

    def _enters(self, generation: str, *, decodes: bool) -> None:
        known = self._generations.get(generation)
        if known is None:
            self._agrees = False
        else:
            known.decodes = decodes

    def _cancelled(self, message: Cancelled) -> None:
        self._waiting.difference_update(message.requests)
        known = self._generations.get(message.generation or "")
        if known is None:
            return
        known.requests.difference_update(message.requests)
        if not message.requests or not known.requests:
            del self._generations[message.generation or ""]
            # Those that are moved go on in another generation, which is named next.
            self._waiting.update(message.moved)

    def _find(self) -> Decoding | None:
        generations = self._generations.values()
        if not self._agrees or self._waiting or not generations:
            return None
        models = {one.model for one in generations}
        if len(models) > 1 or not all(one.decodes for one in generations):
            return None
        return Decoding(models.pop(), frozenset(self._generations))

    @property
    def _in_flight(self) -> int:
        return len(self._waiting) + sum(one.counts for one in self._generations.values())
