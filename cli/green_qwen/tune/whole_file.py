# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole, or as they were before."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

# Not by the umask: what root writes for a service is of no use where the service may not read it.
FILE_MODE, FOLDER_MODE = 0o644, 0o755


def write_whole(path: Path, text: str) -> None:
    """
    In one step, with the mode that the file had; raises OSError.

    A link of that name is replaced, not followed: whoever may write into the folder chooses no other file.
    """
    _make_folder(path.parent)
    mode = _mode_of(path)
    number, new = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "w") as file:
            file.write(text)
            file.flush()
            os.fchmod(number, mode)
            os.fsync(number)
        Path(new).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(new).unlink()
        raise


def _mode_of(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat().st_mode
        if stat.S_ISREG(found):
            return stat.S_IMODE(found)
    return FILE_MODE


def _make_folder(path: Path) -> None:
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir(exist_ok=True)
        path.chmod(FOLDER_MODE)
