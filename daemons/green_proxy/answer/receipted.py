# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""An answer with its receipt in its last object, for a client that asked for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from green_proxy.answer.last_object import LastObject
from green_proxy.answer.receipts import Receipts
from green_proxy.door.exchange import Exchange
from green_proxy.headers import text_of, value_of, without


class Receipted:
    """
    Takes the place of an exchange towards whoever writes the answer.

    The receipt comes after the generation's end: what is held back for it goes out with `told`, so that
    nothing but this answer waits. An error, or an answer without an object, has none.
    """

    __slots__ = ("_cutting", "_exchange", "_last", "_receipts", "_waits")

    def __init__(self, exchange: Exchange, receipts: Receipts) -> None:
        self._exchange = exchange
        self._receipts = receipts
        self._last: LastObject | None = None
        self._waits = False
        self._cutting = False

    @property
    def started(self) -> bool:
        return self._exchange.started

    def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        headers = list(headers)
        media_type = (text_of(headers, b"content-type") or "").partition(";")[0].strip().lower()
        readable = value_of(headers, b"content-encoding") is None and LastObject.reads(media_type)
        if readable and 200 <= status < 300:
            self._last = LastObject(media_type)
            headers = without(headers, b"content-length")
        self._exchange.start(status, headers)

    def write(self, data: bytes) -> None:
        self._exchange.write(self._last.passes(data) if self._last else data)

    def end(self) -> None:
        if self._last is None:
            self._exchange.end()
            return
        self._exchange.write(self._last.end())
        self._waits = True
        if self._cutting or not self._last.found:
            self._finish()
        else:
            self._exchange.on_cut(self._finish)

    async def told(self) -> None:
        """Once the answer has ended: wait for the receipt, and let the rest go with it."""
        if self._waits and not (self._exchange.ended or self._exchange.left):
            self._finish(await self._receipts.of(self._exchange.id))

    def _finish(self, receipt: dict[str, Any] | None = None) -> None:
        """At once, where green-proxy stops; a second call says nothing."""
        if self._last is None or not self._waits:
            return
        self._waits = False
        said = receipt or {"request": self._exchange.id, "receipt": "pending"}
        self._exchange.write(self._last.rest(b'"green":' + json.dumps(said, separators=(",", ":")).encode()))
        self._exchange.end()

    def abort(self) -> None:
        self._exchange.abort()

    def refuse(self, status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._exchange.refuse(status, text, headers)

    def on_leave(self, callback: Callable[[], object] | None) -> None:
        self._exchange.on_leave(callback)

    def on_pressure(self, callback: Callable[[bool], None] | None) -> None:
        self._exchange.on_pressure(callback)

    def on_cut(self, callback: Callable[[], None] | None) -> None:
        def cut() -> None:
            # Then nothing may wait any more.
            self._cutting = True
            if callback is not None:
                callback()

        self._exchange.on_cut(None if callback is None else cut)
