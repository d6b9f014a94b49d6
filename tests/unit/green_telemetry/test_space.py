# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Room for the journal."""

from __future__ import annotations

from pathlib import Path

from green_telemetry.space import journal_room_bytes


def test_the_first_journal_there_is_counts(tmp_path: Path) -> None:
    """Its file system's free bytes, for those who aren't root."""
    room = journal_room_bytes([str(tmp_path / "absent"), str(tmp_path)])

    assert room is not None
    assert room[0] == str(tmp_path)
    assert room[1] > 0


def test_without_a_journal_nothing_is_known(tmp_path: Path) -> None:
    """No folder, no figure."""
    assert journal_room_bytes([str(tmp_path / "absent")]) is None
