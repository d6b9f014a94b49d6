# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All open pages: each event is written to all of them, encoded once."""

from __future__ import annotations

from green_proxy.gateway.page import Page, encode_event

MAX_PAGES = 64


class Pages:
    """Remembers the newest of each event that lasts, for the page that comes later."""

    def __init__(self) -> None:
        self._pages: set[Page] = set()
        self._newest: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def full(self) -> bool:
        return len(self._pages) >= MAX_PAGES

    def add(self, page: Page) -> None:
        self._pages.add(page)
        for event in self._newest.values():
            page.tell(event)

    def remove(self, page: Page) -> None:
        self._pages.discard(page)

    def tell(self, name: str, data: bytes, *, lasting: bool = True) -> None:
        event = encode_event(name, data)
        if lasting:
            self._newest[name] = event
        for page in tuple(self._pages):
            page.tell(event)

    def forget(self, name: str) -> None:
        """What was the newest is no longer true."""
        self._newest.pop(name, None)

    def forget_all(self) -> None:
        self._newest.clear()

    def end_strangers(self) -> None:
        """Those who were let in, and would not be now."""
        for page in tuple(self._pages):
            if not page.admitted():
                page.end()

    def end(self) -> None:
        for page in tuple(self._pages):
            page.end()
