# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All checks, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from green_common.errors import GreenError
from green_qwen.doctor.finding import UNKNOWN, Finding
from green_qwen.doctor.ground import judge_ground, read_ground
from green_qwen.doctor.parking import check_parking
from green_qwen.doctor.retention import check_retention
from green_qwen.doctor.settings import check_settings


def check_machine() -> Iterator[Finding]:
    """Services, driver, model server and who talks to it."""
    yield from judge_ground(read_ground())


# All of them only look.
CHECKS: tuple[Callable[[], Finding | Iterator[Finding]], ...] = (
    check_settings,
    check_machine,
    check_retention,
    check_parking,
)


def find_all() -> Iterator[Finding]:
    """What one check stumbles over does not end the others."""
    for check in CHECKS:
        try:
            found = check()
            yield from (found,) if isinstance(found, Finding) else found
        except (GreenError, OSError) as error:
            yield Finding(check.__name__.partition("_")[2], UNKNOWN, f"could not be looked at: {error}")
