# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The ways to rest that are measured against each other."""

from __future__ import annotations

import enum


class Arm(enum.Enum):
    """What is locked while nothing is in flight, the least first."""

    OWN = "own clocks"
    SM = "SM clock"
    SM_AND_MEMORY = "SM and memory clock"
