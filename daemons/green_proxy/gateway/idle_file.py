# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-idle says of itself, in a file beside that of the clocks that it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

MAX_BYTES = 65_536


class IdleFile:
    """Read again only where it has changed."""

    def __init__(self, path: Callable[[], Path]) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._content: dict[str, Any] | None = None

    def read(self) -> dict[str, Any] | None:
        """None where there is no such file, or it is none that can be understood."""
        path = self._path()
        try:
            found = path.stat()
            stamp = found.st_mtime_ns, found.st_ino, found.st_size
            if stamp != self._stamp:
                self._stamp, self._content = stamp, _parse(path)
        except OSError:
            self._stamp = self._content = None
        return self._content


def _parse(path: Path) -> dict[str, Any] | None:
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    try:
        content = json.loads(raw) if len(raw) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        # Half written: the next look finds the rest.
        return None
    return content if isinstance(content, dict) else None
