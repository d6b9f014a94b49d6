# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One request that waits for an answer, its own or one that it shares."""

from __future__ import annotations

from green_proxy.door.exchange import Exchange
from green_proxy.headers import Headers


class Listener:
    """An exchange, and what its client is to be told about its answer."""

    __slots__ = ("exchange", "notes")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.notes: Headers = []

    @property
    def id(self) -> str:
        return self.exchange.id

    def note(self, name: bytes, text: str) -> None:
        self.notes.append((b"X-Green-" + name, text.encode()))
