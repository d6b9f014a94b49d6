# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Entries as the journal would get them, with what they would take of it."""

from __future__ import annotations

import zlib
from typing import Any

from green_common.logs import journal_fields

# Measured on journals of systemd 252 in their compact form: an entry of a service takes so much with the
# fields that the journal adds, and a field so much beside its text, less where an earlier entry had it too.
ENTRY_BYTES, NEW_FIELD_BYTES, KNOWN_FIELD_BYTES = 400, 80, 5
COMPRESSED_ABOVE_BYTES = 512
# zstd, as the journal calls it, does that much worse than zlib on entries of ours.
ZSTD_BY_ZLIB = 1.06


class Recorder:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.entries: list[dict[str, str]] = []
        self._seen: set[tuple[str, str]] = set()
        self.bytes: dict[str, int] = {}

    def info(self, event: str, **fields: Any) -> None:
        self._take("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        self._take("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        self._take("error", event, fields)

    def of(self, event: str) -> list[dict[str, str]]:
        return [entry for entry in self.entries if entry["GREEN_EVENT"] == event]

    @property
    def total_bytes(self) -> int:
        return sum(self.bytes.values())

    def _take(self, level: str, event: str, fields: dict[str, Any]) -> None:
        fields.pop("keep", None)
        entry = journal_fields("green-telemetry", {"event": event, "level": level, **fields})
        self.entries.append(entry)
        size = ENTRY_BYTES + sum(self._field_bytes(*field) for field in entry.items())
        self.bytes[event] = self.bytes.get(event, 0) + size

    def _field_bytes(self, name: str, value: str) -> int:
        """The journal keeps each value of a field once; what it compresses with, zlib does a little worse."""
        if (name, value) in self._seen:
            return KNOWN_FIELD_BYTES
        self._seen.add((name, value))
        content = f"{name}={value}".encode()
        if len(content) > COMPRESSED_ABOVE_BYTES:
            return NEW_FIELD_BYTES + int(ZSTD_BY_ZLIB * len(zlib.compress(content)))
        return NEW_FIELD_BYTES + len(content)
