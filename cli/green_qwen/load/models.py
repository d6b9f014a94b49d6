# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which model is measured where nobody names one."""

from __future__ import annotations

from collections.abc import Sequence

# What tune makes of another model.
GREEN_MODEL = "qwen3-green"


def is_green(name: str) -> bool:
    """Whether it is that one, with or without a tag."""
    return name.partition(":")[0] == GREEN_MODEL


def preferred(names: Sequence[str]) -> str:
    """
    The first qwen3, else the first; raises IndexError where there is none.

    Ollama lists the newest first, which after a tune is the one with its parameters, and so no default.
    """
    others = [name for name in names if not is_green(name)] or names
    return next((name for name in others if name.startswith("qwen3")), others[0])
