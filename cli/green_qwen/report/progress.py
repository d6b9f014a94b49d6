# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One line about how far the reading has come, where somebody watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from green_qwen.report.intake import Intake

EVERY_S = 0.25
# So many entries pass between two looks at the clock.
EVERY_ENTRIES = 256


class Progress:
    """Writes over one line of a terminal, and nothing anywhere else."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._live = stream.isatty()
        self._shown_s = clock()
        self._written = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._written:
            self._write("")

    def show(self, intake: Intake) -> None:
        if not self._live or intake.entries % EVERY_ENTRIES or self._clock() < self._shown_s + EVERY_S:
            return
        self._shown_s = self._clock()
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(intake.newest_s or 0.0))
        self._write(f"{intake.count} receipts and windows, up to {at if intake.newest_s else 'now'}")

    def _write(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()
        self._written = True
