# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Counts an answer as it passes, without parsing it.

A stream's tokens are its events: lines of NDJSON, `data:` events of SSE. Only the events up to the first
one with content and the last ones are looked into; of the bytes a bounded tail is kept until the end.
"""

from __future__ import annotations

import dataclasses
from collections import deque

from green_proxy.answer.event import has_content
from green_proxy.answer.usage import Usage, usage_of

TAIL_BYTES = 16_384
MAX_OPENING_BYTES = 65_536
NDJSON, SSE = "application/x-ndjson", "text/event-stream"
# Anthropic's streams tell the prompt's tokens in their first event, and nowhere else.
_TELLS_FIRST = b"event: message_start"
MAX_START_BYTES = 4096
_MARKS = {NDJSON: b"\n", SSE: b"\ndata:"}


class Meter:
    """One answer; `tokens` counts a stream's events from the first one with content."""

    def __init__(self, content_type: str) -> None:
        self.tokens = 0
        self.begun = False
        mark = _MARKS.get(content_type.partition(";")[0].strip().lower())
        self._events = Events(mark) if mark else None
        self._seen = 0
        self._opening = b""
        self._start = b""
        self._tail = Tail()

    @property
    def streamed(self) -> bool:
        return self._events is not None

    def see(self, chunk: bytes) -> bool:
        """Take in the next bytes; True where they brought the first content of a stream."""
        self._tail.add(chunk)
        if self._events is None:
            return False
        count = self._events.count(chunk)
        if self.begun:
            self.tokens += count
            return False
        self._seen += count
        return self._begin(chunk)

    def usage(self) -> Usage:
        """What the server said, else what was counted; only a stream can be counted."""
        tail = self._tail.bytes()
        usage = usage_of(self._start + tail)
        if usage.output_tokens is not None or not self.streamed:
            return usage
        return dataclasses.replace(usage, output_tokens=self._counted(tail), tokens_counted=True)

    def _begin(self, chunk: bytes) -> bool:
        self._opening += chunk
        events = _events_in(self._opening)
        with_content = [at for at, event in enumerate(events) if has_content(event)]
        if with_content or len(self._opening) > MAX_OPENING_BYTES:
            self.begun = True
            self.tokens = self._seen - (with_content[0] if with_content else 0)
            if self._opening.startswith(_TELLS_FIRST):
                self._start = self._opening[:MAX_START_BYTES]
            self._opening = b""
        return self.begun

    def _counted(self, tail: bytes) -> int:
        """Without the events at the end that carry no content: the reason to stop, counts, [DONE]."""
        silent = 0
        for event in reversed(_events_in(tail)):
            if has_content(event):
                break
            silent += 1
        return max(self.tokens - silent, 1) if self.begun else 0


class Events:
    """Counts the marks between events, also one that is cut in two by the end of a chunk."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        # The first event has no line before it.
        self._edge = b"\n"[: len(mark) - 1]

    def count(self, chunk: bytes) -> int:
        across = len(self._mark) - 1
        found = chunk.count(self._mark)
        if across:
            found += (self._edge + chunk[:across]).count(self._mark)
            self._edge = (self._edge + chunk)[-across:] if len(chunk) < across else chunk[-across:]
        return found


class Tail:
    """The last bytes of a stream; holds the chunks themselves, so that nothing is copied on the way."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        while self._size - len(self._chunks[0]) >= TAIL_BYTES:
            self._size -= len(self._chunks.popleft())

    def bytes(self) -> bytes:
        return b"".join(self._chunks)[-TAIL_BYTES:]


def _events_in(text: bytes) -> list[bytes]:
    """The whole events in these bytes; comments and names of SSE are none."""
    lines = text.split(b"\n")[:-1]
    return [line.removeprefix(b"data:").strip() for line in lines if line.startswith((b"data:", b"{"))]
