# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Completion, as a shell does it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from green_qwen.__main__ import COMMANDS

ROOT = Path(__file__).parents[3]
# The shell's own way: it fills these in and calls what `complete -F` has named.
ASK = """
source "$1"; shift
named=$(complete -p green-qwen) && [[ $named == *"-F _green_qwen"* ]] || exit 1
COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_green_qwen
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "green-qwen"
    path.write_text(made("bash"))
    return path


def made(shell: str) -> str:
    sources = os.pathsep.join(str(ROOT / part) for part in ("shared", "daemons", "cli"))
    command = [sys.executable, str(ROOT / "packaging" / "completion.py"), shell]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": sources}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout


def complete(script: Path, *words: str, folder: Path | None = None) -> list[str]:
    command = ["bash", "--norc", "--noprofile", "-c", ASK, "bash", str(script), "green-qwen", *words]
    asked = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    assert asked.stderr == ""
    return asked.stdout.split()


def test_every_command_is_offered(script: Path) -> None:
    """By its name."""
    offered = complete(script, "")

    assert [name for name in COMMANDS if name not in offered] == []
    assert "--version" in offered


def test_a_word_is_completed_by_what_it_begins_with(script: Path) -> None:
    """At each level."""
    assert complete(script, "conf") == ["config"]
    assert complete(script, "config", "s") == ["show"]
    assert complete(script, "config", "check", "--j") == ["--json"]
    assert complete(script, "top", "--o") == ["--once"]


def test_an_option_that_takes_a_file_offers_files(script: Path, tmp_path: Path) -> None:
    """And one that takes a number offers nothing."""
    (tmp_path / "mine.toml").touch()

    assert complete(script, "config", "show", "--config", "mi", folder=tmp_path) == ["mine.toml"]
    assert complete(script, "demo", "--clients", "", folder=tmp_path) == []


def test_zsh_gets_the_same_words_with_their_meanings() -> None:
    """In the form of its own completion system."""
    text = made("zsh")

    assert text.startswith("#compdef green-qwen\n")
    assert "'top:show what happens now: power, phases, requests in flight'" in text
    assert "program'\\''s version" in text
