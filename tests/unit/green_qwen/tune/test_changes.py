# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Files written and taken back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from green_common.errors import ConfigError
from green_qwen.tune.writing.changes import (
    Record,
    Written,
    diff_lines,
    planned,
    read_record,
    restore,
    signed,
    write_files,
    write_record,
)

PLACE = Path("etc/some.conf")


def write(root: Path, text: str, last: Record | None, *, force: bool) -> tuple[Written, ...]:
    files = {PLACE: text}
    written = planned(root, files, last, force=force)
    write_files(root, files)
    return written


def test_a_new_file_is_gone_again(tmp_path: Path) -> None:
    """There was none before."""
    written = write(tmp_path, "new\n", None, force=False)

    left = restore(written, force=False)

    assert left == []
    assert not (tmp_path / PLACE).exists()


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    """Without --force."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text("theirs\n")

    with pytest.raises(ConfigError, match="--force"):
        write(tmp_path, "new\n", None, force=False)

    assert (tmp_path / PLACE).read_text() == "theirs\n"


def test_the_packages_own_drop_in_is_replaced_unasked(tmp_path: Path) -> None:
    """Unless somebody edited it: its last line tells."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text(signed("ours\n"))

    write(tmp_path, "new\n", None, force=False)

    assert (tmp_path / PLACE).read_text() == "new\n"


def test_the_packages_own_drop_in_that_was_edited_is_not(tmp_path: Path) -> None:
    """A line more, and the signature is wrong."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text("more\n" + signed("ours\n"))

    with pytest.raises(ConfigError, match="--force"):
        write(tmp_path, "new\n", None, force=False)


def test_what_was_there_comes_back(tmp_path: Path) -> None:
    """Also after a second tune has written over the first."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text("theirs\n")
    first = Record(write(tmp_path, "first\n", None, force=True))
    second = write(tmp_path, "second\n", first, force=False)

    restore(second, force=False)

    assert (tmp_path / PLACE).read_text() == "theirs\n"


def test_a_file_that_was_edited_since_is_named_and_left(tmp_path: Path) -> None:
    """It is somebody's work."""
    written = write(tmp_path, "new\n", None, force=False)
    (tmp_path / PLACE).write_text("edited\n")

    left = restore(written, force=False)

    assert left == [str(tmp_path / PLACE)]
    assert (tmp_path / PLACE).read_text() == "edited\n"


def test_with_force_it_is_taken_back_all_the_same(tmp_path: Path) -> None:
    """As was said."""
    written = write(tmp_path, "new\n", None, force=False)
    (tmp_path / PLACE).write_text("edited\n")

    restore(written, force=True)

    assert not (tmp_path / PLACE).exists()


def test_an_edited_file_is_not_written_over_by_the_next_tune(tmp_path: Path) -> None:
    """It says since when."""
    first = Record(write(tmp_path, "first\n", None, force=False))
    (tmp_path / PLACE).write_text("edited\n")

    with pytest.raises(ConfigError, match="edited since tune wrote it"):
        write(tmp_path, "second\n", first, force=False)


def test_a_record_whose_files_were_never_written_is_taken_back_too(tmp_path: Path) -> None:
    """It is there first, in case that writing them is cut off."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text("theirs\n")
    never = planned(tmp_path, {PLACE: "new\n"}, None, force=True)

    assert restore(never, force=False) == []
    assert (tmp_path / PLACE).read_text() == "theirs\n"


def test_a_link_is_named_and_not_followed(tmp_path: Path) -> None:
    """What it points to is another file's business, even with --force."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "elsewhere").write_text("theirs\n")
    (tmp_path / PLACE).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConfigError, match="symbolic link"):
        write(tmp_path, "new\n", None, force=False)
    write(tmp_path, "new\n", None, force=True)

    assert (tmp_path / "elsewhere").read_text() == "theirs\n"
    assert (tmp_path / PLACE).read_text() == "new\n"


def test_services_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    """A hardened root has 077; a file that was closed stays so."""
    before = os.umask(0o077)
    try:
        write(tmp_path, "new\n", None, force=False)
        modes = [stat.S_IMODE((tmp_path / place).stat().st_mode) for place in (PLACE, PLACE.parent)]
        (tmp_path / PLACE).chmod(0o600)
        write(tmp_path, "newer\n", None, force=True)
    finally:
        os.umask(before)

    assert modes == [0o644, 0o755]
    assert stat.S_IMODE((tmp_path / PLACE).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "etc").iterdir()] == [PLACE.name]


def test_the_record_comes_back_as_it_was(tmp_path: Path) -> None:
    """For --undo, perhaps weeks later."""
    record = Record(write(tmp_path, "new\n", None, force=False), "ollama.service", "http://x", "m")
    write_record(tmp_path / "record.json", record)

    assert read_record(tmp_path / "record.json") == record


def test_the_diff_shows_both_sides(tmp_path: Path) -> None:
    """As diff -u has it."""
    (tmp_path / "etc").mkdir()
    (tmp_path / PLACE).write_text("old\n")

    lines = list(diff_lines(tmp_path, {PLACE: "new\n"}))

    assert "-old" in lines
    assert "+new" in lines
