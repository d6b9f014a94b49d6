# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command line as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from green_qwen.__main__ import COMMANDS, main, parser_of

FOLDER = Path(__file__).parents[3] / "cli" / "green_qwen"


def test_every_folder_with_a_command_is_listed() -> None:
    """What nobody lists nobody can call."""
    made = sorted(
        file.parent.name for file in FOLDER.glob("*/__init__.py") if "def add_to(" in file.read_text()
    )

    assert sorted(COMMANDS) == made


def test_help_shows_all_commands() -> None:
    """Only a command that is named is loaded alone."""
    text = parser_of().format_help()

    assert [name for name in COMMANDS if f"    {name} " not in text] == []


def test_what_is_no_command_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    with pytest.raises(SystemExit) as ended:
        main(["nonsense"])

    assert ended.value.code == os.EX_USAGE
    assert "top" in capsys.readouterr().err


def test_ctrl_c_ends_any_command_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the shell's number for it."""

    def interrupted(path: Path | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("green_qwen.config.find_faults", interrupted)

    assert main(["config", "check"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_mishap() -> None:
    """As in `green-qwen config show | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    asked = subprocess.run(
        [sys.executable, "-m", "green_qwen", "config", "show"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]},
        check=False,
    )
    os.close(writing)

    assert (asked.returncode, asked.stderr) == (141, b"")
