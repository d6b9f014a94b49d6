# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen config`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from green_common.config import load_config
from green_common.config.schema import TABLES
from green_qwen.__main__ import main
from green_qwen.config import loaded_fields


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with keys of its own."""
    monkeypatch.setenv("GREEN_PROXY_KEYS_FILE", str(tmp_path / "keys"))
    path = tmp_path / "green-qwen.toml"
    path.write_text("[shaping]\nslots = 8\n")
    return path


def test_a_right_configuration_is_well(file: Path, capsys: Any) -> None:
    """For all three services at once."""
    code = main(["config", "check", "--config", str(file)])

    assert code == os.EX_OK
    assert capsys.readouterr().out == f"OK: {file}\n"


def test_every_fault_is_named_with_file_and_key(file: Path, capsys: Any) -> None:
    """One line each, of whichever service it is."""
    file.write_text("[shaping]\nslots = 0\n[idle]\nidle_after = 3\n[telemetry]\nwindow_s = 'x'\n")

    code = main(["config", "check", "--config", str(file)])

    lines = capsys.readouterr().err.splitlines()
    assert code == os.EX_CONFIG
    assert [
        part in line
        for part, line in zip(("shaping.slots", "idle.idle_after", "telemetry.window_s"), lines, strict=True)
    ] == [True] * 3
    assert all(str(file) in line for line in lines)


def test_keys_are_checked_as_the_proxy_would(file: Path, capsys: Any) -> None:
    """A file that others may read is refused there."""
    keys = file.with_name("keys")
    keys.write_text("me personal abc\n")
    keys.chmod(0o640)

    code = main(["config", "check", "--config", str(file), "--json"])

    found = json.loads(capsys.readouterr().out)
    assert code == os.EX_CONFIG
    assert not found["ok"]
    assert "keys line 1: the third word is a SHA-256" in found["faults"][0]


def test_show_prints_each_value_with_its_origin(file: Path, capsys: Any) -> None:
    """As TOML, or by table and key."""
    main(["config", "show", "--config", str(file)])
    text = capsys.readouterr().out
    main(["config", "show", "--config", str(file), "--json"])
    fields = json.loads(capsys.readouterr().out)

    assert any(line.startswith("slots = 8") and line.endswith(f"# {file}") for line in text.splitlines())
    assert fields["shaping"]["slots"] == {"value": 8, "origin": str(file)}
    assert fields["proxy"]["keys_file"]["origin"] == "environment GREEN_PROXY_KEYS_FILE"


def test_show_knows_every_key(file: Path) -> None:
    """One schema, one answer."""
    fields = loaded_fields(load_config(file, {}))

    assert set(fields) == set(TABLES)
    assert fields["gpu"]["driver"] == {"value": "nvml", "origin": "default"}


def test_show_of_a_wrong_configuration_says_so(file: Path, capsys: Any) -> None:
    """Nothing of it is in force."""
    file.write_text("[nonsense]\nx = 1\n")

    assert main(["config", "show", "--config", str(file)]) == os.EX_CONFIG
    assert "there is no table [nonsense]" in capsys.readouterr().err
