# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The configuration printed: it can be read back, and the sample changes nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import attrs
from hypothesis import given, strategies as st

from green_common.config import Config, LoadedConfig, effective_lines, load_config, sample_lines
from green_common.config.load import merge
from green_common.config.schema import TABLES
from green_common.config.source import Given

ETC = Path(__file__).parents[3] / "etc" / "green-qwen.toml"


def text_of(loaded: LoadedConfig) -> str:
    return "\n".join(effective_lines(loaded))


def test_every_value_is_printed_with_its_origin() -> None:
    """One line a key, below its table."""
    lines = list(effective_lines(merge([Given("idle", "idle_after_s", 20, "/etc/x.toml")])))

    assert "[idle]" in lines
    assert [line.split() for line in lines if line.startswith("idle_after_s")] == [
        ["idle_after_s", "=", "20", "#", "/etc/x.toml"]
    ]
    assert sum(" = " in line for line in lines) == sum(
        len(attrs.fields(type(make()))) for make in TABLES.values()
    )


paths = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20).map("/run/".__add__)


@given(paths, st.floats(1, 86_400), st.sampled_from(["debug", "error"]))
def test_what_is_printed_reads_back_as_the_same(held_file: str, idle_after_s: float, level: str) -> None:
    """Whatever letters a path has."""
    given_values = [
        Given("idle", "held_file", held_file, "x"),
        Given("idle", "idle_after_s", idle_after_s, "x"),
        Given("logging", "level", level, "x"),
    ]
    loaded = merge(given_values)

    assert read_back(text_of(loaded)) == loaded.config


def test_the_sample_sets_nothing(tmp_path: Path) -> None:
    """It only shows the defaults."""
    assert read_back("\n".join(sample_lines())) == Config()
    assert all(line.startswith(("#", "[")) or not line for line in sample_lines())


def test_the_sample_shows_every_default() -> None:
    """Taking away each '#' before a key changes nothing either."""
    shown = "\n".join(line.removeprefix("#") for line in sample_lines() if not line.startswith("# "))

    assert read_back(shown) == Config()


def test_the_shipped_file_is_the_sample() -> None:
    """Word for word, after its introduction."""
    assert ETC.read_text().rstrip().endswith("\n".join(sample_lines()).rstrip())


def read_back(text: str) -> Config:
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return load_config(Path(file.name), {}).config
