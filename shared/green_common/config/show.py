# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Print the configuration so that it can be read, compared and pasted back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import attrs

from green_common.config.load import LoadedConfig
from green_common.config.schema import TABLES, Config


def effective_lines(loaded: LoadedConfig) -> Iterator[str]:
    """The values in force as TOML, each with its origin as a comment."""
    for table in TABLES:
        yield f"[{table}]"
        values = getattr(loaded.config, table)
        for key in attrs.fields(type(values)):
            setting = f"{key.name} = {_toml(getattr(values, key.name))}"
            yield f"{setting:<50} # {loaded.origins[f'{table}.{key.name}']}"
        yield ""


def canonical_text(config: Config) -> str:
    """One 'table.key = value' a line, sorted: the same for the same configuration, wherever it comes from."""
    values = attrs.asdict(config)
    lines = [f"{table}.{key} = {_toml(values[table][key])}" for table in values for key in values[table]]
    return "\n".join(sorted(lines)) + "\n"


def digest(config: Config) -> str:
    """The SHA-256 of the canonical text; keys are in no configuration, so that nothing secret is in it."""
    return hashlib.sha256(canonical_text(config).encode()).hexdigest()


def sample_lines() -> Iterator[str]:
    """The shipped green-qwen.toml: every key commented out, with its default, meaning and limits."""
    for table, make in TABLES.items():
        values = make()
        yield f"[{table}]"
        for key in attrs.fields(type(values)):
            yield f"# {key.metadata['meaning']}; {key.metadata['allowed']}"
            yield f"#{key.name} = {_toml(getattr(values, key.name))}"
        yield ""


def _toml(value: str | float | tuple[str, ...]) -> str:
    # TOML knows JSON's strings, but not its pairs of surrogates.
    return json.dumps(value, ensure_ascii=False)
