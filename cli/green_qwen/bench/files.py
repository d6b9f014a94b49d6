# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A result as files: JSON, CSV and one page."""

from __future__ import annotations

from pathlib import Path

from green_common.errors import ConfigError
from green_qwen.bench.page import page_of
from green_qwen.bench.result import Result
from green_qwen.bench.saved import write_csv, write_json


def write_files(result: Result, folder: Path) -> tuple[Path, ...]:
    """Into a folder that is made where it is not there; raises ConfigError where that can't be."""
    paths = tuple(folder / f"bench.{kind}" for kind in ("json", "csv", "html"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(result, paths[0])
        write_csv(result, paths[1])
        page_of(result).write(paths[2])
    except OSError as error:
        raise ConfigError(
            f"{folder}: can't be written: {error.strerror}; choose another with --out"
        ) from error
    return paths
