# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Virtual environments of the benchmark's own: what it compares with never touches green-proxy's."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from bench.proxy.running import FailedError


def install(lock: Path, folder: Path) -> None:
    """Makes it again when the lock changes. Raises FailedError where the packages can't be had."""
    stamp = folder / "stamp"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    print(f"Installing the Python packages of {lock.name} into {folder}", file=sys.stderr)
    venv.create(folder, clear=True, with_pip=True)
    command = [str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, "--require-hashes", "-r", str(lock)])
    if done.returncode != 0:
        shutil.rmtree(folder)
        raise FailedError(f"the packages of {lock} can't be installed here")
    stamp.write_bytes(lock.read_bytes())
