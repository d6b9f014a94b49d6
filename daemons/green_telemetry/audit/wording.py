# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Texts and figures as the journal gets them: bounded, printable, and no longer than they are true."""

from __future__ import annotations

import time

MAX_NAME_BYTES = 128
# Ids and reasons of green-proxy's own making are shorter than that.
LONGEST_BYTES = {"request": 48, "generation": 48, "reason": 48, "thrown_away": 32}


def plain(text: str, longest_bytes: int = MAX_NAME_BYTES) -> str:
    """One line that a terminal can show; whoever chose the text must not fill the journal with it."""
    shown = "".join(character if character.isprintable() else "?" for character in text[:longest_bytes])
    content = shown.encode(errors="replace")
    if len(content) <= longest_bytes:
        return content.decode()
    return content[: longest_bytes - 3].decode(errors="ignore") + "…"


def figure(name: str, value: object) -> object:
    """A field's value: joules to the millijoule, so that sums come out, other figures to four digits."""
    if isinstance(value, str):
        return plain(value, LONGEST_BYTES.get(name, MAX_NAME_BYTES))
    if isinstance(value, tuple | list):
        return [figure(name, part) for part in value]
    if not isinstance(value, float):
        return value
    if name.endswith(("_j", "_at", "_at_s")):
        return round(value, 3)
    return float(f"{value:.4g}")


def wall_text(at_s: float) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    milliseconds = round(at_s * 1000)
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{seconds}.{milliseconds % 1000:03d}Z"


def duration_text(seconds: float) -> str:
    """As people say it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
