# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Turn what was given into a valid configuration, or say exactly what is wrong with it."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import attrs

from green_common.config.ollama_host import upstream_of
from green_common.config.schema import TABLES, Config
from green_common.config.source import Given, read_environment, read_sources
from green_common.errors import ConfigError

DEFAULT_PATH = Path("/etc/green-qwen/green-qwen.toml")
DEFAULT_ORIGIN = "default"


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A valid configuration, and for each 'table.key' where its value came from."""

    config: Config
    origins: Mapping[str, str]


def load_config(path: Path | None, environ: Mapping[str, str]) -> LoadedConfig:
    """
    Read, merge and validate the configuration.

    Without a path the default file is read if it is there; with one it has to be.
    Raises ConfigError with one line a fault.
    """
    given = [_upstream_of_ollama(environ)]
    given.extend(read_sources(path or DEFAULT_PATH, environ, required=path is not None))
    return merge(value for value in given if value is not None)


def salvage_config(path: Path | None, environ: Mapping[str, str]) -> LoadedConfig:
    """What is right in a configuration that load_config refuses, with defaults for the rest; never raises."""
    given = []
    with contextlib.suppress(ConfigError):
        for value in read_sources(path or DEFAULT_PATH, environ, required=False):
            given.append(value)
    # A file that is no TOML hides what comes after it, but not the environment.
    given.extend(read_environment(environ))
    return _merge(given)[0]


def merge(given: Iterable[Given]) -> LoadedConfig:
    """Later values win; every fault is reported, not only the first."""
    loaded, faults = _merge(given)
    if faults:
        raise ConfigError("\n".join(faults))
    return loaded


def _merge(given: Iterable[Given]) -> tuple[LoadedConfig, list[str]]:
    tables = {table: make() for table, make in TABLES.items()}
    origins = {f"{t}.{key.name}": DEFAULT_ORIGIN for t in tables for key in attrs.fields(type(tables[t]))}
    faults = []
    for value in given:
        try:
            tables[value.table] = _with_value(tables, value)
            origins[f"{value.table}.{value.key}"] = value.origin
        except ConfigError as fault:
            faults.append(str(fault))
    return LoadedConfig(Config(**tables), origins), faults


def _with_value(tables: Mapping[str, Any], given: Given) -> Any:
    if given.table not in tables:
        raise ConfigError(
            f"{given.origin}: there is no table [{given.table}]" + _nearest(given.table, tables)
        )
    table = tables[given.table]
    fields = attrs.fields_dict(type(table))
    if given.key not in fields:
        where = f"{given.origin}: {given.table}.{given.key}: there is no such key"
        raise ConfigError(where + _nearest(given.key, fields))
    try:
        return attrs.evolve(table, **{given.key: given.value})
    except (TypeError, ValueError) as error:
        allowed = fields[given.key].metadata["allowed"]
        raise ConfigError(
            f"{given.origin}: {given.table}.{given.key} is {given.value!r}; allowed is {allowed}"
        ) from error


def _nearest(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.4)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(names)}"


def _upstream_of_ollama(environ: Mapping[str, str]) -> Given | None:
    """The model server's address from Ollama's own variable."""
    host = environ.get("OLLAMA_HOST", "").strip(" \"'")
    return Given("proxy", "upstream", upstream_of(host), "environment OLLAMA_HOST") if host else None


def keys_that_need_a_restart(old: Config, new: Config) -> list[str]:
    """The changed keys that a running daemon can't take over, as 'table.key'."""
    return [
        f"{table}.{key.name}"
        for table, make in TABLES.items()
        for key in attrs.fields(type(make()))
        if key.metadata["restart"]
        and getattr(getattr(old, table), key.name) != getattr(getattr(new, table), key.name)
    ]
