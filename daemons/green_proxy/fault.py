# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Why a request ends without its answer."""

from __future__ import annotations

BROKE_OFF = "model server broke off"


class Fault(Exception):
    """The client gets this status, text and these headers; `reason` is what the feed is told."""

    def __init__(
        self, status: int, text: str, reason: str, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.reason = reason
        self.headers = headers


class UpstreamLost(Exception):
    """The model server's answer ended early, or was ended here; `reason` is what the feed is told."""

    def __init__(self, reason: str = BROKE_OFF) -> None:
        super().__init__(reason)
        self.reason = reason


class ClientLeft(Exception):
    """The client closed its connection before the answer was whole."""
