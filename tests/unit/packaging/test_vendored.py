# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The libraries inside the package are those of the lock, each with its licence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
VENDOR = (ROOT / "packaging" / "vendor").read_text()


def test_every_vendored_library_has_its_stanza_in_the_copyright_file() -> None:
    """debian/copyright names the folder of each package in requirements/runtime.lock."""
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements" / "runtime.lock").read_text(), re.MULTILINE)
    copyright_file = (ROOT / "packaging" / "debian" / "copyright").read_text()

    missing = [name for name in locked if f"vendor/{name.replace('-', '_')}-*" not in copyright_file]

    assert missing == []


def test_no_stanza_is_left_of_a_library_that_went() -> None:
    """Each metadata folder in debian/copyright belongs to a locked package."""
    lock = (ROOT / "requirements" / "runtime.lock").read_text()
    stanzas = re.findall(r"vendor/([\w.-]+)-\*", (ROOT / "packaging" / "debian" / "copyright").read_text())

    gone = [name for name in stanzas if f"\n{name.replace('_', '-')}==" not in f"\n{lock}"]

    assert gone == []


def test_what_is_taken_compiled_is_locked() -> None:
    """packaging/vendor names no library that went."""
    lock = (ROOT / "requirements" / "runtime.lock").read_text()

    gone = [name for name in words_of("compiled") if f"\n{name}==" not in f"\n{lock}"]

    assert gone == []


def test_compiled_parts_are_for_the_pythons_that_the_project_names() -> None:
    """packaging/vendor fetches for each Python of the classifiers in pyproject.toml."""
    project = (ROOT / "pyproject.toml").read_text()

    assert words_of("pythons") == re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)


@pytest.mark.parametrize("lock", ["runtime", "dev"])
def test_what_downloads_vocabularies_stays_out(lock: str) -> None:
    """tokenizers declares huggingface-hub and does without it."""
    locked = (ROOT / "requirements" / f"{lock}.lock").read_text()

    assert "tokenizers==" in locked
    assert "huggingface-hub==" not in locked


def words_of(variable: str) -> list[str]:
    """The value of a variable of packaging/vendor."""
    found = re.search(rf'^{variable}="(.*)"$', VENDOR, re.MULTILINE)
    assert found
    return found[1].split()
