# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A log that is held to a budget: trouble that comes back all the time is said now and then, and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from green_common.logs import Log
from green_telemetry.audit.budget import Budget


class PlainLog(Protocol):
    """What the parts that only report need of a log."""

    def info(self, event: str, **fields: Any) -> Any: ...

    def warning(self, event: str, **fields: Any) -> Any: ...

    def error(self, event: str, **fields: Any) -> Any: ...


class RestrainedLog:
    """Entries with `gpu_uuid` have that GPU's own allowance."""

    def __init__(self, log: Log, budget: Budget, clock: Callable[[], float]) -> None:
        self._log = log
        self._budget = budget
        self._clock = clock

    def info(self, event: str, **fields: Any) -> bool:
        return self._write(self._log.info, event, fields)

    def warning(self, event: str, **fields: Any) -> bool:
        return self._write(self._log.warning, event, fields)

    def error(self, event: str, **fields: Any) -> bool:
        return self._write(self._log.error, event, fields)

    def _write(self, write: Callable[..., Any], event: str, fields: dict[str, Any]) -> bool:
        """True where it was written."""
        withheld = self._budget.take(event, self._clock(), str(fields.get("gpu_uuid", "")))
        if withheld is None:
            return False
        if withheld:
            fields["say"] = f"{fields.get('say', event)} ({withheld} more like it were not written)"
            fields["withheld"] = withheld
        write(event, **fields)
        return True
