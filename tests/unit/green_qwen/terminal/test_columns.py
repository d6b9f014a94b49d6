# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from green_qwen.terminal.columns import column_lines, width_of


def test_names_are_left_and_figures_right() -> None:
    """As wide as the widest cell of a column."""
    lines = column_lines([("model", "J"), ("qwen3:32b", "12.5"), ("a", "7")])

    assert lines == ["model         J", "qwen3:32b  12.5", "a             7"]


def test_wide_signs_take_two_columns() -> None:
    """A table with Chinese names lines up too."""
    assert width_of("模型") == 4
    assert column_lines([("模型", "1"), ("abcd", "2")]) == ["模型  1", "abcd  2"]


def test_no_rows_make_no_lines() -> None:
    """An empty table is empty."""
    assert column_lines([]) == []
