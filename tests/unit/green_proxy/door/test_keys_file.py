# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The file of API keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_common.errors import ConfigError
from green_proxy.door.keys_file import MAX_BYTES, parse_keys, read_keys, stamp_of

HASH = "0123456789abcdef" * 4


def test_a_line_is_a_key() -> None:
    """Comments and empty lines are none."""
    anna, front = parse_keys(f"# who\n\n anna personal {HASH} \nfront\tshared {HASH[::-1]}\n", "keys")

    assert (anna.name, anna.kind, anna.digest.hex(), anna.personal) == ("anna", "personal", HASH, True)
    assert (front.name, front.personal) == ("front", False)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("secret", "a line has three words"),
        (f"secret personal {HASH} # Anna's", "a line has three words"),
        (f"se/cret personal {HASH}", "the name"),
        (f"secret admin {HASH}", "the second word"),
        ("secret personal gq-secret", "the third word"),
        (f"secret personal {HASH.upper()}", "the third word"),
    ],
)
def test_a_wrong_line_is_named_and_not_shown(line: str, what: str) -> None:
    """Somebody may have put a key there instead of its hash."""
    with pytest.raises(ConfigError) as caught:
        parse_keys(f"# who\n{line}\n", "/etc/keys")

    assert str(caught.value).startswith(f"/etc/keys line 2: {what}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("line", [f"anna shared {HASH[::-1]}", f"bert shared {HASH}"])
def test_names_and_keys_are_not_given_twice(line: str) -> None:
    """What is counted by name has to be one's own."""
    with pytest.raises(ConfigError, match="line 2: the name or the key stands in an earlier line"):
        parse_keys(f"anna personal {HASH}\n{line}", "keys")


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o641, 0o750])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    """With the command that mends it."""
    path = tmp_path / "keys"
    path.touch()
    path.chmod(mode)

    with pytest.raises(ConfigError, match=f"`sudo chmod 0640 {path}`"):
        read_keys(path)


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o440])
def test_a_file_of_ones_own_is_read(tmp_path: Path, mode: int) -> None:
    """An empty one holds no key."""
    path = tmp_path / "keys"
    path.touch()
    path.chmod(mode)

    assert read_keys(path) == ()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A directory, here."""
    with pytest.raises(ConfigError, match=r"proxy\.keys_file .* can't be read: Is a directory"):
        read_keys(tmp_path)


def test_a_file_has_a_size(tmp_path: Path) -> None:
    """Nothing without bounds is read."""
    path = tmp_path / "keys"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    path.chmod(0o600)

    with pytest.raises(ConfigError, match="larger than"):
        read_keys(path)


def test_a_change_of_the_mode_shows(tmp_path: Path) -> None:
    """As a change of what is in it does."""
    path = tmp_path / "keys"
    assert stamp_of(path) is None
    path.touch(0o600)
    before = stamp_of(path)

    path.chmod(0o644)

    assert before is not None
    assert stamp_of(path) != before
