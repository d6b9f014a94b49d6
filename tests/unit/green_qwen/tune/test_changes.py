# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Files written and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_common.errors import ConfigError
from green_qwen.tune.writing.changes import (
    Record,
    diff_lines,
    read_record,
    restore,
    signed,
    write_files,
    write_record,
)

PLACE = Path("etc/some.conf")


def test_a_new_file_is_gone_again(tmp_path: Path) -> None:
    """There was none before."""
    written = write_files(tmp_path, {PLACE: "new\n"}, None, force=False)

    left = restore(written, force=False)

    assert left == []
    assert not (tmp_path / PLACE).exists()


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    """Without --force."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text("theirs\n")

    with pytest.raises(ConfigError, match="--force"):
        write_files(tmp_path, {PLACE: "new\n"}, None, force=False)

    assert (tmp_path / PLACE).read_text() == "theirs\n"


def test_the_packages_own_drop_in_is_replaced_unasked(tmp_path: Path) -> None:
    """Unless somebody edited it: its last line tells."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text(signed("ours\n"))

    write_files(tmp_path, {PLACE: "new\n"}, None, force=False)

    assert (tmp_path / PLACE).read_text() == "new\n"


def test_the_packages_own_drop_in_that_was_edited_is_not(tmp_path: Path) -> None:
    """A line more, and the signature is wrong."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text("more\n" + signed("ours\n"))

    with pytest.raises(ConfigError, match="--force"):
        write_files(tmp_path, {PLACE: "new\n"}, None, force=False)


def test_what_was_there_comes_back(tmp_path: Path) -> None:
    """Also after a second tune has written over the first."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text("theirs\n")
    first = Record(write_files(tmp_path, {PLACE: "first\n"}, None, force=True))
    second = write_files(tmp_path, {PLACE: "second\n"}, first, force=False)

    restore(second, force=False)

    assert (tmp_path / PLACE).read_text() == "theirs\n"


def test_a_file_that_was_edited_since_is_named_and_left(tmp_path: Path) -> None:
    """It is somebody's work."""
    written = write_files(tmp_path, {PLACE: "new\n"}, None, force=False)
    (tmp_path / PLACE).write_text("edited\n")

    left = restore(written, force=False)

    assert left == [str(tmp_path / PLACE)]
    assert (tmp_path / PLACE).read_text() == "edited\n"


def test_with_force_it_is_taken_back_all_the_same(tmp_path: Path) -> None:
    """As was said."""
    written = write_files(tmp_path, {PLACE: "new\n"}, None, force=False)
    (tmp_path / PLACE).write_text("edited\n")

    restore(written, force=True)

    assert not (tmp_path / PLACE).exists()


def test_an_edited_file_is_not_written_over_by_the_next_tune(tmp_path: Path) -> None:
    """It says since when."""
    first = Record(write_files(tmp_path, {PLACE: "first\n"}, None, force=False))
    (tmp_path / PLACE).write_text("edited\n")

    with pytest.raises(ConfigError, match="edited since tune wrote it"):
        write_files(tmp_path, {PLACE: "second\n"}, first, force=False)


def test_the_record_comes_back_as_it_was(tmp_path: Path) -> None:
    """For --undo, perhaps weeks later."""
    record = Record(
        write_files(tmp_path, {PLACE: "new\n"}, None, force=False), "ollama.service", "http://x", "m"
    )
    write_record(tmp_path / "record.json", record)

    assert read_record(tmp_path / "record.json") == record


def test_the_diff_shows_both_sides(tmp_path: Path) -> None:
    """As diff -u has it."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text("old\n")

    lines = list(diff_lines(tmp_path, {PLACE: "new\n"}))

    assert "-old" in lines
    assert "+new" in lines
