# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Names that others chose, made safe to show: a terminal obeys what is in them otherwise."""

from __future__ import annotations

STRANGE = "?"


def plain(text: object) -> str:
    """One line of printable signs."""
    return "".join(sign if sign.isprintable() else STRANGE for sign in str(text))
