# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-idle's file, whole, half and gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_proxy.gateway.idle_file import MAX_BYTES, IdleFile


def test_it_is_read_as_it_changes(tmp_path: Path) -> None:
    """And is nothing while there is none."""
    path = tmp_path / "state.json"
    file = IdleFile(lambda: path)

    before = file.read()
    path.write_text('{"state": "awake"}')
    first = file.read()
    path.write_text('{"state": "resting"}')
    second = file.read()
    path.unlink()

    assert (before, first, second, file.read()) == (None, {"state": "awake"}, {"state": "resting"}, None)


@pytest.mark.parametrize("content", ["", "{", "[1]", "[" * 50_000, " " * MAX_BYTES + "{}"])
def test_what_can_not_be_understood_is_nothing(content: str, tmp_path: Path) -> None:
    """Whoever wrote it."""
    path = tmp_path / "state.json"
    path.write_text(content)

    assert IdleFile(lambda: path).read() is None
