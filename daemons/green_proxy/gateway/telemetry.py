# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-telemetry tells, as it comes, over one connection that is made again whenever it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from green_proxy.gateway.pages import Pages
from green_proxy.live_socket import LiveSocket

STREAM = "/v1/stream"
# It reads the GPU every 10 s at the longest.
SILENT_S = 30.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 15.0
MAX_LINE_BYTES = 1 << 18
SNAPSHOT, STATE = "snapshot", "telemetry"
PASSED = frozenset({SNAPSHOT, "receipt", "alert"})


class StreamLostError(Exception):
    """The stream ended; the text says why."""


class Telemetry:
    """Passes its lines on to the pages, and says when there are none."""

    def __init__(self, socket: LiveSocket, pages: Pages) -> None:
        self._socket = socket
        self._pages = pages
        self._pause_s = FIRST_PAUSE_S

    async def follow(self) -> None:
        """Until it is cancelled."""
        self._pause_s = FIRST_PAUSE_S
        while True:
            try:
                async for line in self._lines():
                    self._pass_on(line)
            except (httpx.HTTPError, StreamLostError) as error:
                self._say_away(str(error) or type(error).__name__)
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    async def _lines(self) -> AsyncIterator[bytes]:
        """Never ends but by StreamLostError or httpx.HTTPError."""
        async with self._socket.get(STREAM, read_s=SILENT_S) as response:
            if response.status_code != httpx.codes.OK:
                raise StreamLostError(f"green-telemetry answered {response.status_code}")
            self._say({"state": "connected"})
            rest = b""
            async for chunk in response.aiter_raw():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield line
                if len(rest) > MAX_LINE_BYTES:
                    raise StreamLostError(f"a line of more than {MAX_LINE_BYTES} bytes")
        raise StreamLostError("green-telemetry ended the stream")

    def _pass_on(self, line: bytes) -> None:
        event = _event_of(line)
        if event in PASSED:
            self._pause_s = FIRST_PAUSE_S
            self._pages.tell(event, line, lasting=event == SNAPSHOT)

    def _say_away(self, why: str) -> None:
        self._pages.forget(SNAPSHOT)
        self._say({"state": "away", "retry_s": self._pause_s, "say": why})

    def _say(self, content: dict[str, Any]) -> None:
        self._pages.tell(STATE, json.dumps(content).encode())


def _event_of(line: bytes) -> str:
    """Its name; empty for what is no single line of JSON that names one."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    name = fields.get("event") if isinstance(fields, dict) else None
    # A carriage return between two members would end the line for a browser.
    return name if isinstance(name, str) and b"\r" not in line else ""
