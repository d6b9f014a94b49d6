# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the feed is told about one request, from its acceptance to its end."""

from __future__ import annotations

import time

import httpx

from green_proxy.answer.meter import Meter
from green_proxy.feed.feed import Feed
from green_proxy.request_id import new_id

TELL_TOKENS_EVERY_S = 0.25


class Account:
    """Begins accepted; ends once, finished or cancelled."""

    def __init__(self, request: str, route: str, feed: Feed) -> None:
        self._request = request
        self._feed = feed
        self._book = feed.activity
        self._generation: str | None = None
        self._meter = Meter("")
        self._status = 0
        self._loads = False
        self._told_s = 0.0
        self._ended = False
        feed.publish(self._book.accepted(request, route))

    def forward(self, model: str, *, loads: bool) -> None:
        generation, now_s = new_id(time.time()), time.monotonic()
        self._generation = generation
        self._feed.publish(self._book.forwarded(generation, (self._request,), model, now_s))
        self._loads = loads
        if loads:
            self._feed.publish(self._book.load_started(generation, now_s))

    def head(self, response: httpx.Response) -> None:
        self._status = response.status_code
        encoded = "content-encoding" in response.headers
        self._meter = Meter("" if encoded else response.headers.get("content-type", ""))

    def chunk(self, chunk: bytes) -> None:
        assert self._generation is not None
        now_s = time.monotonic()
        self._loaded(now_s)
        if self._meter.see(chunk):
            self._feed.publish(self._book.first_token(self._generation, now_s))
        if self._meter.begun and now_s - self._told_s >= TELL_TOKENS_EVERY_S:
            self._told_s = now_s
            self._feed.publish(self._book.tokens(self._generation, self._meter.tokens))

    def end(self) -> None:
        assert self._generation is not None
        self._loaded(time.monotonic())
        self._ended = True
        self._feed.publish(self._book.finished(self._generation, self._status, self._meter.usage()))

    def cancel(self, reason: str) -> None:
        """Does nothing where the end was told before."""
        if self._ended:
            return
        self._ended = True
        if self._generation is None:
            self._feed.publish(self._book.turned_away(self._request, reason))
            return
        self._book.tokens(self._generation, self._meter.tokens)
        self._feed.publish(self._book.cancelled(self._generation, reason))

    def _loaded(self, now_s: float) -> None:
        if self._loads and self._generation is not None:
            self._loads = False
            self._feed.publish(self._book.load_finished(self._generation, now_s))
