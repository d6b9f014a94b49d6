# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""journald's settings and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_qwen.doctor.journald import (
    DAY_S,
    Room,
    bytes_of,
    journal_files,
    limit_bytes,
    read_settings,
    span_s,
)

GIB = 1 << 30


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_drop_ins_come_after_the_file_and_hide_each_other_by_name(tmp_path: Path) -> None:
    """As systemd reads them."""
    lib, etc = tmp_path / "lib", tmp_path / "etc"
    write(lib / "journald.conf", "[Journal]\nSystemMaxUse=1G\nStorage=auto\n")
    write(etc / "journald.conf", "[Journal]\n#SystemMaxUse=9G\nSystemMaxUse=2G\n")
    write(lib / "journald.conf.d" / "a.conf", "[Journal]\nSystemMaxUse=3G\n")
    write(etc / "journald.conf.d" / "a.conf", "[Journal]\nMaxRetentionSec=1week\n")

    settings = read_settings((str(lib), str(etc)))

    assert settings == {"SystemMaxUse": "2G", "MaxRetentionSec": "1week"}


@pytest.mark.parametrize(
    ("text", "expected"), [("500M", 500 << 20), ("4G", 4 * GIB), ("1.5G", 3 * GIB // 2), ("1024", 1024)]
)
def test_sizes(text: str, expected: int) -> None:
    """With journald's letters."""
    assert bytes_of(text, 0, 0.1) == expected


def test_without_a_setting_it_is_a_share_of_the_disk() -> None:
    """At most 4 GiB."""
    assert bytes_of(None, 10 * GIB, 0.1) == GIB
    assert bytes_of("", 1000 * GIB, 0.1) == 4 * GIB


@pytest.mark.parametrize(
    ("text", "days"), [("30day", 30), ("1week 2d", 9), ("86400", 1), ("1month", 30.44), (None, 0), ("0", 0)]
)
def test_times(text: str | None, days: float) -> None:
    """With systemd's words."""
    assert span_s(text) == pytest.approx(days * DAY_S)


def test_what_has_to_stay_free_bounds_the_journal() -> None:
    """Together with what it has already."""
    room = Room(20 * GIB, 4 * GIB)

    assert limit_bytes({}, room, used_bytes=GIB, runtime=False) == 2 * GIB
    assert limit_bytes({"SystemKeepFree": "3G"}, room, used_bytes=GIB // 2, runtime=False) == 3 * GIB // 2


def test_an_archived_file_tells_when_it_began(tmp_path: Path) -> None:
    """Its name does."""
    name = f"system@{'0' * 32}-{1:016x}-{1_700_000_000_000_000:016x}.journal"
    write(tmp_path / "machine" / name, "x" * 4096)
    write(tmp_path / "machine" / "system.journal", "x" * 4096)

    files = journal_files(tmp_path)

    assert {file.began_s for file in files} == {1_700_000_000.0, None}
    assert all(file.bytes >= 4096 for file in files)
