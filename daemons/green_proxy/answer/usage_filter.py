# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Takes out of a stream what the proxy asked for and the client did not: OpenAI's chunk with the usage.

With `stream_options.include_usage` a server adds one chunk without choices before [DONE], and may write
`"usage":null` into all others (OpenAI's API reference, chat completion chunk); in completions Ollama writes
zeros there. Within a text of the model each quote is escaped, so none of these marks can be part of one.
"""

from __future__ import annotations

import re

MAX_EVENT_BYTES = 1 << 20
_USAGE_ALONE = re.compile(rb'"choices"\s*:\s*\[\s*\]')
_NO_USAGE = re.compile(rb',\s*"usage"\s*:\s*(?:null|\{[^{}1-9]*\})')


class UsageFilter:
    """Feed it the bytes of a stream; it gives back what the client may see."""

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun = b""

    def passes(self, data: bytes) -> bytes:
        """Whole events pass at once; one that is cut in two waits for its end."""
        data = self._begun + data
        if b"\r\n" in data or len(data) > MAX_EVENT_BYTES:
            # Not a server that we know; better to show too much than to hold anything back.
            self._begun = b""
            return data
        whole, end, self._begun = data.rpartition(b"\n\n")
        if not end:
            return b""
        if b'"usage"' not in whole:
            return whole + end
        return b"".join(event + end for event in map(_without_usage, whole.split(b"\n\n")) if event)

    def rest(self) -> bytes:
        """What the stream ended with, where that was no whole event."""
        rest, self._begun = self._begun, b""
        return rest


def _without_usage(event: bytes) -> bytes:
    if b'"usage"' not in event:
        return event
    if _USAGE_ALONE.search(event):
        return b""
    return _NO_USAGE.sub(b"", event)
