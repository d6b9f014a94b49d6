# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Where settings come from: the file, its drop-ins, the environment; each value with its origin."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from green_common.config.schema import TABLES
from green_common.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_FILE_BYTES = 1 << 20
ENVIRONMENT_PREFIX = "GREEN_"


@dataclass(frozen=True, slots=True)
class Given:
    """One value that somebody gave, and where."""

    table: str
    key: str
    value: Any
    origin: str


def read_sources(path: Path, environ: Mapping[str, str], *, required: bool) -> Iterator[Given]:
    """
    Values in order of growing weight: file, drop-ins by name, environment.

    Raises ConfigError where a file can't be read or parsed.
    """
    yield from _read_file(path, required=required)
    for drop_in in _drop_ins_of(path):
        yield from _read_file(drop_in, required=True)
    yield from read_environment(environ)


def _drop_ins_of(path: Path) -> list[Path]:
    folder = path.with_suffix(".d")
    try:
        return sorted(file for file in folder.iterdir() if file.suffix == ".toml")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error


def _read_file(path: Path, *, required: bool) -> Iterator[Given]:
    for table, keys in _parse_file(path, required=required).items():
        if not isinstance(keys, dict):
            raise ConfigError(f"{path}: '{table}' stands outside a table; put it under one of {_tables()}")
        for key, value in keys.items():
            yield Given(table, key, value, str(path))


def _parse_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not required:
            return {}
        raise _unreadable(path, error) from error
    if len(content) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: larger than 1 MiB; this is no green-qwen configuration")
    try:
        parsed: dict[str, Any] = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    return parsed


def read_environment(environ: Mapping[str, str]) -> Iterator[Given]:
    """The values of GREEN_<TABLE>_<KEY> variables."""
    for variable, text in sorted(environ.items()):
        table, _, key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("_")
        if variable.startswith(ENVIRONMENT_PREFIX) and _names_a_table(table):
            yield Given(table, key, _parse_text(table, key, text), f"environment {variable}")


def _names_a_table(word: str) -> bool:
    """Near misses count, so that a misspelt variable is refused; other programs' GREEN_ ones are not."""
    return bool(difflib.get_close_matches(word, TABLES, n=1, cutoff=0.75))


def _parse_text(table: str, key: str, text: str) -> Any:
    """A value as TOML would read it; a text where the setting is one."""
    if table in TABLES and isinstance(getattr(TABLES[table](), key, None), str):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError, RecursionError):
        return text


def _unreadable(path: Path, error: OSError) -> ConfigError:
    advice = "give the path of a readable file"
    if isinstance(error, PermissionError):
        advice = f"let uid {os.geteuid()} read it: sudo chmod a+rX {path}"
    return ConfigError(f"{path}: can't be read: {error.strerror}; {advice}")


def _tables() -> str:
    return ", ".join(f"[{table}]" for table in TABLES)
