# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""ollama.service with and without its drop-in, and as it was."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from green_common.errors import UnavailableError
from green_qwen.bench import ollama_unit
from green_qwen.bench.ollama_unit import OllamaUnit, variables_of

DROP_IN = """[Service]
# Environment=NOT=this
Environment=OLLAMA_NUM_PARALLEL=16
Environment="OLLAMA_FLASH_ATTENTION=1" CUDA_DISABLE_PERF_BOOST=1
"""
# Notes what it is asked, and answers with what is in the files beside it.
SYSTEMCTL = """#!/bin/sh
echo "$*" >>"{folder}/asked"
case "$*" in
*ActiveState*) cat "{folder}/state" ;;
*DropInPaths*) echo "{folder}/green-qwen.conf {folder}/other.conf" ;;
esac
"""


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OllamaUnit:
    """One whose systemctl only takes notes, and that is up at once."""
    (systemctl := tmp_path / "systemctl").write_text(SYSTEMCTL.format(folder=tmp_path))
    systemctl.chmod(0o755)
    (tmp_path / "state").write_text("active\n")
    (tmp_path / "green-qwen.conf").write_text(DROP_IN)
    (tmp_path / "other.conf").write_text("[Service]\nEnvironment=OLLAMA_HOST=0.0.0.0\n")
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    async def up(url: str) -> None:
        """At once."""

    monkeypatch.setattr(ollama_unit, "until_up", up)
    return OllamaUnit("http://127.0.0.1:1", str(systemctl), tmp_path / "run" / "zzz.conf")


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


def test_the_default_unsets_what_our_drop_in_sets(unit: OllamaUnit, tmp_path: Path) -> None:
    """And nothing that others set."""
    asyncio.run(unit.start_default())

    override = (tmp_path / "run" / "zzz.conf").read_text()
    assert override == (
        "[Service]\nUnsetEnvironment=CUDA_DISABLE_PERF_BOOST OLLAMA_FLASH_ATTENTION OLLAMA_NUM_PARALLEL\n"
    )
    assert asked(tmp_path)[-2:] == ["daemon-reload", "restart ollama.service"]


def test_as_set_takes_that_away(unit: OllamaUnit, tmp_path: Path) -> None:
    """Before it is restarted."""
    asyncio.run(unit.start_default())

    asyncio.run(unit.start_as_set())

    assert not (tmp_path / "run" / "zzz.conf").exists()
    assert asked(tmp_path)[-1] == "restart ollama.service"


@pytest.mark.parametrize(("state", "last"), [("active", "restart"), ("inactive", "stop")])
def test_it_ends_as_it_was(unit: OllamaUnit, tmp_path: Path, state: str, last: str) -> None:
    """Running, or not."""
    (tmp_path / "state").write_text(f"{state}\n")
    asyncio.run(unit.start_default())

    asyncio.run(unit.restore())

    assert not (tmp_path / "run" / "zzz.conf").exists()
    assert asked(tmp_path)[-2:] == ["daemon-reload", f"{last} ollama.service"]


def test_what_was_not_touched_is_not_restarted(unit: OllamaUnit, tmp_path: Path) -> None:
    """As after a plan that failed before."""
    asyncio.run(unit.restore())

    assert not (tmp_path / "asked").exists()


def test_without_a_drop_in_there_is_one_setting(unit: OllamaUnit, tmp_path: Path) -> None:
    """And no comparison of two."""
    (tmp_path / "green-qwen.conf").write_text("[Service]\n")

    with pytest.raises(UnavailableError, match="green-qwen tune"):
        asyncio.run(unit.start_default())


def test_variables_are_found_in_quotes_and_not_in_comments(tmp_path: Path) -> None:
    """Several a line too."""
    (path := tmp_path / "x.conf").write_text(DROP_IN)

    assert list(variables_of(path)) == [
        "OLLAMA_NUM_PARALLEL",
        "OLLAMA_FLASH_ATTENTION",
        "CUDA_DISABLE_PERF_BOOST",
    ]
