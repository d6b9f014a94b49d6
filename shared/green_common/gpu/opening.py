# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Opening several GPUs: one that is lost does not take the others with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from green_common.gpu.device import Unopened
from green_common.gpu.errors import GpuError

G = TypeVar("G")


def open_each(count: int, open_one: Callable[[int], G]) -> tuple[tuple[G, ...], tuple[Unopened, ...]]:
    """Those that open, and those that don't; raises the first one's GpuError where none does."""
    opened, unopened = [], []
    for index in range(count):
        try:
            opened.append(open_one(index))
        except GpuError as error:
            unopened.append(Unopened(index, error))
    if unopened and not opened:
        raise unopened[0].error
    return tuple(opened), tuple(unopened)
