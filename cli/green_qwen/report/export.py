# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Entries as journalctl exports them (systemd.io/JOURNAL_EXPORT_FORMATS).

A field is a line, `NAME=text`; where its bytes are no such text it is its name, their number in eight bytes,
and they themselves. An empty line ends an entry. journalctl writes that in less time than JSON, and what a
report does not look at needs no decoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from green_common.history import Entry

# Ours are below 64 kB.
MAX_FIELD_BYTES = 1 << 20
READ_BYTES = 1 << 16
# The journal itself adds some twenty more to each entry.
WANTED = ("GREEN_", "_SYSTEMD_UNIT=", "_MACHINE_ID=", "_HOSTNAME=", "__REALTIME_TIMESTAMP=")
# An empty journal says so among the entries.
WORDS = b"-- "
END = b"\n"
SIZE_BYTES = 8
_LINES = re.compile(rb"(?:[^\n=]+=[^\n]*\n)+")


class Export:
    """Takes what journalctl writes; `too_long` counts entries with a field that nobody needs in memory."""

    def __init__(self, output: IO[bytes]) -> None:
        self.too_long = 0
        self._output = output
        self._bytes, self._at = b"", 0
        self._fields: Entry = {}
        self._left_out = False

    def entries(self) -> Iterator[Entry | None]:
        """The wanted fields of each entry; None for one that breaks off."""
        while True:
            # By far the most are such lines, and in C they are passed over as one.
            lines = _LINES.match(self._bytes, self._at)
            if lines:
                self._at = lines.end()
                self._take(lines[0])
            elif self._bytes.startswith(END, self._at):
                self._at += 1
                if not self._left_out:
                    yield self._fields
                self._fields, self._left_out = {}, False
            elif not self._take_other():
                break
        if self._fields or self._at < len(self._bytes):
            yield None

    def _take(self, lines: bytes) -> None:
        for line in lines.decode(errors="replace").split("\n"):
            if line.startswith(WANTED):
                name, _, value = line.partition("=")
                self._fields[name] = value

    def _take_other(self) -> bool:
        """An unfinished line, words of journalctl's, or a field of bytes; False where nothing more comes."""
        end = self._bytes.find(END, self._at)
        if end < 0:
            fits = len(self._bytes) - self._at <= MAX_FIELD_BYTES
            return self._read() if fits else self._drop_line()
        if self._bytes.startswith(WORDS, self._at):
            self._at = end + 1
            return True
        return self._take_bytes(end)

    def _take_bytes(self, end: int) -> bool:
        """A field whose name has its end there."""
        begin = end + 1 + SIZE_BYTES
        if begin > len(self._bytes):
            return self._read()
        stop = begin + int.from_bytes(self._bytes[end + 1 : begin], "little")
        if stop - begin > MAX_FIELD_BYTES:
            return self._drop(stop + 1)
        if stop >= len(self._bytes):
            return self._read()
        name = self._bytes[self._at : end].decode(errors="replace")
        if f"{name}=".startswith(WANTED):
            self._fields[name] = self._bytes[begin:stop].decode(errors="replace")
        self._at = stop + 1
        return True

    def _read(self) -> bool:
        """Some more behind what is not taken yet."""
        more = self._output.read(READ_BYTES)
        self._bytes, self._at = self._bytes[self._at :] + more, 0
        return bool(more)

    def _drop_line(self) -> bool:
        """All up to the line's end, which stays: it ends nothing but the line."""
        self._leave_out()
        while (end := self._bytes.find(END, self._at)) < 0:
            self._at = len(self._bytes)
            if not self._read():
                return False
        self._at = end + 1
        return True

    def _drop(self, until: int) -> bool:
        """All up to a place that may lie beyond what was read."""
        self._leave_out()
        while until > len(self._bytes):
            until -= len(self._bytes)
            self._at = len(self._bytes)
            if not self._read():
                return False
        self._at = until
        return True

    def _leave_out(self) -> None:
        self.too_long += not self._left_out
        self._left_out = True
