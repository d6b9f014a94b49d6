# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The file that names the clocks we hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_common.errors import UnavailableError
from green_idle.held import MAX_BYTES, HeldFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "held"


def test_what_is_written_is_named(path: Path) -> None:
    """Those GPUs, and no other."""
    held = HeldFile(str(path))

    held.add(["GPU-b", "GPU-a"])

    assert held.exists()
    assert held.names("GPU-a") and held.names("GPU-b")
    assert not held.names("GPU-c")
    assert [file.name for file in path.parent.iterdir()] == ["held"]


def test_what_is_added_stands_beside_what_is_there(path: Path) -> None:
    """Each with its memory clock or without; the file goes with the last."""
    held = HeldFile(str(path))
    held.add(["GPU-a"], memory=["GPU-a"])
    held.add(["GPU-b"])

    assert held.names_memory("GPU-a") and not held.names_memory("GPU-b")
    held.discard(["GPU-a"])
    assert held.names("GPU-b") and not held.names("GPU-a") and not held.names_memory("GPU-a")
    held.discard(["GPU-b"])
    assert not held.exists()


def test_a_file_of_an_older_version_names_no_memory_clock(path: Path) -> None:
    """It could not lock any."""
    path.write_text('{"gpus": ["GPU-a"]}')

    assert HeldFile(str(path)).names("GPU-a")
    assert not HeldFile(str(path)).names_memory("GPU-a")


def test_a_file_that_makes_no_sense_is_not_emptied(path: Path) -> None:
    """It is for a start to clear up."""
    path.write_bytes(b"{")

    HeldFile(str(path)).discard(["GPU-a"])

    assert HeldFile(str(path)).names("GPU-b")


def test_no_file_names_nothing(path: Path) -> None:
    """Nobody held anything."""
    held = HeldFile(str(path))

    assert not held.exists()
    assert not held.names("GPU-a")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b'{"gpus": 7}',
        b"[" * 9000,
        b'{"gpus": [' + b" " * MAX_BYTES,
    ],
)
def test_a_file_that_makes_no_sense_names_every_gpu(path: Path, content: bytes) -> None:
    """Something was held; giving back too much is the safe mistake."""
    path.write_bytes(content)

    assert HeldFile(str(path)).names("GPU-a")
    assert HeldFile(str(path)).names_others(["GPU-a"])


def test_others_are_those_that_are_not_known(path: Path) -> None:
    """Of them it can't be told whether they are still held."""
    held = HeldFile(str(path))
    nothing = held.names_others([])
    held.add(["GPU-a", "GPU-b"])

    assert not nothing
    assert held.names_others(["GPU-a"])
    assert not held.names_others(["GPU-b", "GPU-a", "GPU-c"])


def test_removing_twice_is_no_error(path: Path) -> None:
    """The second has nothing to do."""
    held = HeldFile(str(path))
    held.add(["GPU-a"])

    held.remove()
    held.remove()

    assert not held.exists()


def test_a_directory_that_is_missing_is_named(path: Path) -> None:
    """The line says which key, and what to do."""
    held = HeldFile(str(path / "deeper"))

    with pytest.raises(UnavailableError, match=r"idle\.held_file .*deeper: can't be written: .*directory"):
        held.add(["GPU-a"])


def test_a_file_that_cannot_be_removed_is_an_error(path: Path) -> None:
    """Not even by root: a directory stands in its place."""
    path.mkdir()

    with pytest.raises(UnavailableError, match="can't be removed"):
        HeldFile(str(path)).remove()
