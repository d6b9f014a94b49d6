# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Holds an answer back at the end of its last JSON object, so that a member can be added to it.

Which object of a stream is the last one shows at its end alone. So each that may be it is held back at its
closing brace until more comes; all with something that the model wrote pass at once. Every other byte of the
answer passes as it came.
"""

from __future__ import annotations

import re

from green_proxy.answer.event import has_content
from green_proxy.answer.farewell import NDJSON, SSE

JSON = "application/json"
MAX_LINE_BYTES = 1 << 20
MAX_HELD_BYTES = 4096
# The last words of some servers come together with the end.
_ENDS = re.compile(rb'"(?:done|stop)"\s*:\s*true|"finish_reason"\s*:\s*"')


class LastObject:
    """Feed it the bytes of an answer; it gives back what the client may see by now."""

    __slots__ = ("_alone", "_before", "_held", "_lines", "_part")

    def __init__(self, media_type: str) -> None:
        self._lines = media_type in (SSE, NDJSON)
        # A line that has not ended yet.
        self._part = b""
        # From the brace that may be the last one on.
        self._held = b""
        # The last byte but blanks of what passed, and whether the held brace ends an empty object.
        self._before = b""
        self._alone = False

    @staticmethod
    def reads(media_type: str) -> bool:
        return media_type in (JSON, NDJSON, SSE)

    def passes(self, data: bytes) -> bytes:
        if not self._lines:
            return self._whole(data)
        *lines, self._part = (self._part + data).split(b"\n")
        passing = b"".join([self._line(line + b"\n") for line in lines])
        if len(self._part) > MAX_LINE_BYTES:
            # No answer that we know; better to add nothing than to hold so much back.
            passing += self._release() + self._part
            self._part, self._lines = b"", False
        return passing

    def end(self) -> bytes:
        """The answer is whole: what passes of a last line without an end."""
        part, self._part = self._part, b""
        return self._line(part) if part else b""

    @property
    def found(self) -> bool:
        """True where there is an object to add to."""
        return bool(self._held)

    def rest(self, member: bytes) -> bytes:
        """What is left to say, with this member at the end of the last object."""
        held, self._held = self._held, b""
        return (member if self._alone else b"," + member) + held if held else b""

    def _whole(self, data: bytes) -> bytes:
        data = self._release() + data
        at = data.rfind(b"}")
        if at < 0 or data[at + 1 :].strip() or len(data) - at > MAX_HELD_BYTES:
            self._before = data.rstrip()[-1:] or self._before
            return data
        return self._hold(data, at)

    def _line(self, line: bytes) -> bytes:
        said = line.removeprefix(b"data:").strip()
        if said[:1] != b"{" or said[-1:] != b"}":
            # Names of events, comments, empty lines, [DONE].
            if self._held and len(self._held) + len(line) <= MAX_HELD_BYTES:
                self._held += line
                return b""
            return self._release() + line
        passing = self._release()
        if has_content(said) and not _ENDS.search(said):
            return passing + line
        return passing + self._hold(line, line.rindex(b"}"))

    def _hold(self, data: bytes, at: int) -> bytes:
        passing, self._held = data[:at], data[at:]
        self._before = passing.rstrip()[-1:] or self._before
        self._alone = self._before == b"{"
        return passing

    def _release(self) -> bytes:
        held, self._held = self._held, b""
        return held
