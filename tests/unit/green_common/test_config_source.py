# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Where settings come from: the file, its drop-ins, the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from green_common.config.source import Given, read_environment, read_sources
from green_common.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "green-qwen.toml"


def given_by(path: Path, *, required: bool = True, **environ: str) -> list[Given]:
    return list(read_sources(path, environ, required=required))


def test_a_missing_file_may_be_optional(path: Path) -> None:
    """The default file is; its drop-ins are read all the same."""
    path.with_suffix(".d").mkdir()
    drop_in = path.with_suffix(".d") / "a.toml"
    drop_in.write_text("[idle]\nidle_after_s = 2\n")

    assert given_by(path, required=False) == [Given("idle", "idle_after_s", 2, str(drop_in))]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[idle\n", "not valid TOML"),
        (b"\xff\xfe", "not valid TOML"),
        (b"x = " + b"[" * 20_000, "not valid TOML"),
        (b"#" * (1 << 20) + b"\n", "larger than 1 MiB"),
        (b"idle_after_s = 3\n", r"'idle_after_s' stands outside a table; put it under one of \[proxy\]"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(path: Path, content: bytes, reason: str) -> None:
    """With the reason."""
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=f"{path}: {reason}"):
        given_by(path)


def test_a_directory_is_no_file(path: Path) -> None:
    """Whether it has to be there or not."""
    path.mkdir()

    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        given_by(path, required=False)


def test_a_drop_in_folder_that_can_not_be_listed_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon must not start on half of its configuration."""
    path.write_text("")

    def refuse(_self: Path) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "iterdir", refuse)

    with pytest.raises(ConfigError, match=r"green-qwen\.d: can't be read: Permission denied"):
        given_by(path)


def test_a_file_in_place_of_the_drop_in_folder_is_ignored(path: Path) -> None:
    """As an editor's leftover would be."""
    path.write_text("")
    path.with_suffix(".d").write_text("")

    assert given_by(path) == []


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("GREEN_IDLE_IDLE_AFTER_S", "20", ("idle", "idle_after_s", 20)),
        ("GREEN_IDLE_IDLE_AFTER_S", "2.5", ("idle", "idle_after_s", 2.5)),
        ("GREEN_IDLE_IDLE_AFTER_S", "soon", ("idle", "idle_after_s", "soon")),
        ("GREEN_IDLE_IDLE_AFTER_S", "[" * 5000, ("idle", "idle_after_s", "[" * 5000)),
        ("GREEN_FEED_GROUP", "123", ("feed", "group", "123")),
        ("GREEN_FEED_SOCKET", "/run/a", ("feed", "socket", "/run/a")),
        ("GREEN_IDEL_IDLE_AFTER_S", "20", ("idel", "idle_after_s", 20)),
        ("GREEN_IDLE", "20", ("idle", "", 20)),
    ],
)
def test_a_variable_is_read_as_its_setting_is(
    variable: str, text: str, expected: tuple[str, str, object]
) -> None:
    """As TOML, but a text needs no quotes; a misspelt table stays, so that it is refused."""
    assert list(read_environment({variable: text})) == [Given(*expected, f"environment {variable}")]


@pytest.mark.parametrize(
    "variable", ["PATH", "GREEN", "GREEN_LOG_FORMAT", "GREENHOUSE_IDLE", "GREEN_SIM_SEED"]
)
def test_a_variable_that_is_not_ours_is_left_alone(variable: str) -> None:
    """Other programs may begin theirs alike."""
    assert list(read_environment({variable: "1"})) == []


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_raises_anything_else(path: Path, content: bytes) -> None:
    """A ConfigError or a configuration."""
    path.write_bytes(content)

    try:
        given_by(path)
    except ConfigError as error:
        assert str(path) in str(error)
