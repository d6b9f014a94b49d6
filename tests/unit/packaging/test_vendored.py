# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The libraries inside the package are those of the lock, each with its licence."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


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
