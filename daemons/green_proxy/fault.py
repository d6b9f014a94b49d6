# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Why a request ends without its answer."""

from __future__ import annotations

from green_common.feed.reasons import REFUSED, SERVER_FAILED, Reason

BROKE_OFF = "model server broke off"


class Fault(Exception):
    """The client gets this status, text and these headers; `reason` is what the feed is told."""

    def __init__(
        self, status: int, text: str, reason: Reason = REFUSED, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.reason: Reason = reason
        self.headers = headers


class UpstreamLost(Exception):
    """The model server's answer ended early, or was ended here; `reason` as in Fault."""

    def __init__(self, text: str = BROKE_OFF, reason: Reason = SERVER_FAILED) -> None:
        super().__init__(text)
        self.reason = reason


class ClientLeft(Exception):
    """The client closed its connection before the answer was whole."""
