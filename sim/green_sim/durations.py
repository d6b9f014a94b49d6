# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Durations as Ollama writes them: a number of seconds, or Go's `1h30m`; negative means for ever."""

from __future__ import annotations

import re

UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
FOR_EVER_S = -1.0
# 292 years, the most that Go's clock can count.
LONGEST_S = float(2**63 // 10**9)
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def parse_duration_s(value: str | int | float) -> float:
    """Seconds, -1 for ever; raises ValueError for what is no duration."""
    if value != value:
        raise ValueError("NaN is not a duration such as 300, 5m or -1")
    seconds = _parse_text(value.strip()) if isinstance(value, str) else value
    return FOR_EVER_S if seconds < 0 else float(min(seconds, LONGEST_S))


def _parse_text(text: str) -> float:
    negative, unsigned = text.startswith("-"), text.lstrip("+-")
    if re.fullmatch(r"\d+(\.\d*)?", unsigned):
        seconds = float(unsigned)
    elif _WHOLE.fullmatch(unsigned):
        seconds = sum(float(number) * UNITS_S[unit] for number, unit in _PART.findall(unsigned))
    else:
        raise ValueError(f"{text!r} is not a duration such as 300, 5m or -1")
    return FOR_EVER_S if negative else seconds
