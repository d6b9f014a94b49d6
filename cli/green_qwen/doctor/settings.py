# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether the configuration of the services is right."""

from __future__ import annotations

from green_qwen.config import find_faults
from green_qwen.doctor.finding import OK, UNKNOWN, WARNING, Finding

NAME = "configuration"
CHECK = ("sudo green-qwen config check",)


def check_settings() -> Finding:
    return judge_settings(*find_faults(None))


def judge_settings(faults: list[str], notes: list[str]) -> Finding:
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return Finding(NAME, WARNING, f"{faults[0]}{more}:", CHECK)
    if notes:
        return Finding(NAME, UNKNOWN, f"right, as far as this user may read; {notes[0]}")
    return Finding(NAME, OK, "right")
