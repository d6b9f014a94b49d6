# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Memory that a small daemon needn't hold."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def left_out(name: str) -> Iterator[None]:
    """Imports inside go on as if this module were not installed; without effect once it is loaded."""
    loaded = name in sys.modules
    sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        if not loaded:
            del sys.modules[name]


def give_back_memory() -> None:
    """Hand what a start has freed back to the system: modules that had to be compiled leave some 9 MiB."""
    gc.collect()
    # glibc alone has it; others give back by themselves, or never.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
