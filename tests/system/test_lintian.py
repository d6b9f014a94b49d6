# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What Debian's own package checker says, in the version of each Debian."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from system.tree import SUITES, keep_unit, tree_with


@pytest.mark.parametrize("suite", SUITES)
def test_lintian_finds_no_fault(package: Path, suite: str) -> None:
    """No errors and no warnings."""
    tree = tree_with(suite, "lintian")
    bind = f"--bind-ro={package}:/green-qwen.deb"
    inside = ["systemd-nspawn", "--quiet", "--register=no", *keep_unit(), "--volatile=overlay", bind]
    check = ["lintian", "--allow-root", "--fail-on=error,warning", "/green-qwen.deb"]

    done = subprocess.run([*inside, "-D", str(tree), *check], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
