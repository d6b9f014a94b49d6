# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the feed is told about a request and its generation, from acceptance to the end."""

from __future__ import annotations

import time

from green_common.feed.reasons import Reason
from green_proxy.answer.meter import Meter
from green_proxy.feed.feed import Feed

TELL_TOKENS_EVERY_S = 0.25
_UNSEEN = Meter("")


class Account:
    """Begins with one accepted request; ends once, finished or cancelled."""

    __slots__ = (
        "_begun_for",
        "_book",
        "_client",
        "_ended",
        "_feed",
        "_generation",
        "_meter",
        "_requests",
        "_status",
        "_told_s",
        "prompt_tokens",
    )

    def __init__(self, request: str, route: str, feed: Feed, client: str | None = None) -> None:
        self._requests = [request]
        self._begun_for = request
        self._client = client
        self._feed = feed
        self._book = feed.activity
        self._generation: str | None = None
        self._meter = _UNSEEN
        self._status = 0
        self._told_s = 0.0
        self._ended = False
        # By the model server's own count, once the answer is whole.
        self.prompt_tokens: int | None = None
        feed.publish(self._book.accepted(request, route, client))

    @property
    def generation(self) -> str | None:
        return self._generation

    @property
    def tokens(self) -> int:
        """Those of the answer that have arrived."""
        return self._meter.tokens

    def forward(self, model: str) -> None:
        # Named after the request that it was begun for: there is never a second one for it.
        self._generation = generation = self._begun_for
        now_s, requests = time.monotonic(), tuple(self._requests)
        self._feed.publish(self._book.forwarded(generation, requests, model, now_s, client=self._client))

    def joined(self, request: str) -> None:
        """One more request, accepted by its own account, shares what comes."""
        self._requests.append(request)
        if self._generation is not None and not self._ended:
            self._feed.publish(self._book.joined(self._generation, request))

    def left(self, request: str, reason: Reason) -> None:
        """One of several requests is gone; the others stay."""
        self._requests.remove(request)
        if self._generation is None:
            self._feed.publish(self._book.turned_away(request, reason))
        else:
            self._feed.publish(self._book.left(self._generation, request, reason))

    def hand_over(self) -> None:
        """From here on another account speaks for this one's request."""
        self._ended = True

    def superseded(self) -> None:
        """The generation ends, its requests go on in another one."""
        if self._generation is not None and not self._ended:
            self._feed.publish(self._book.superseded(self._generation))
        self._ended = True

    def head(self, status: int, media_type: str) -> None:
        """The media type is empty where the answer can't be read."""
        self._status = status
        self._meter = Meter(media_type)

    def chunk(self, data: bytes) -> None:
        meter = self._meter
        if meter.see(data):
            assert self._generation is not None
            self._told_s = time.monotonic()
            self._feed.publish(self._book.first_token(self._generation, self._told_s))
        elif meter.begun and (now_s := time.monotonic()) - self._told_s >= TELL_TOKENS_EVERY_S:
            assert self._generation is not None
            self._told_s = now_s
            self._feed.publish(self._book.tokens(self._generation, meter.tokens))

    def end(self) -> None:
        assert self._generation is not None
        if not self._ended:
            self._ended = True
            usage = self._meter.usage()
            self.prompt_tokens = usage.prompt_tokens
            self._feed.publish(self._book.finished(self._generation, self._status, usage))

    def cancel(self, reason: Reason) -> None:
        """Does nothing where the end was told before."""
        if self._ended:
            return
        self._ended = True
        if self._generation is None:
            for request in self._requests:
                self._feed.publish(self._book.turned_away(request, reason))
            return
        self._book.tokens(self._generation, self._meter.tokens)
        self._feed.publish(self._book.cancelled(self._generation, reason))
