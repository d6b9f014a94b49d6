# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Names of others on a terminal."""

from __future__ import annotations

from green_qwen.terminal.plain import plain


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    """An escape sequence in a model's name colours nothing and moves nothing."""
    assert plain("a\x1b[2Jb\nc") == "a?[2Jb?c"
    assert plain("Größe 模型") == "Größe 模型"
