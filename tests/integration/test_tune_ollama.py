# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""tune with ollama.service, whose process is the simulation and whose service manager a stand-in."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from green_common.errors import ConfigError
from green_qwen.tune.servers.model_server import ServerFailedError
from green_qwen.tune.servers.ollama import OllamaServer, until_up
from green_qwen.tune.servers.ollama_api import create_in_ollama
from green_qwen.tune.setting import Setting
from green_qwen.tune.writing.settle import Place, Wishes, settle, undo

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "tests/integration/stand_in_systemctl.py"
SOURCES = os.pathsep.join(str(ROOT / part) for part in ("shared", "daemons", "cli", "sim"))
UNIT, MODEL = "ollama.service", "qwen3:32b"
GOOD, BETTER = Setting(4, 4096, gpu_sampling=True), Setting(16, 4096, gpu_sampling=True)
TOO_LARGE = Setting(64, 40960, batch_tokens=2048)


@dataclass(frozen=True)
class Machine:
    """A folder that stands for the machine, with the unit running in it."""

    folder: Path
    url: str

    def systemctl(self, verb: str) -> None:
        subprocess.run([sys.executable, STAND_IN, verb, UNIT], check=True)

    @property
    def starts(self) -> list[str]:
        """Slots of each start so far."""
        return (self.folder / "started").read_text().split()

    def models(self) -> list[str]:
        return [one["name"] for one in httpx.get(f"{self.url}/api/tags", trust_env=False).json()["models"]]

    def parameters(self) -> dict[str, str]:
        """Of the model that tune made, as Ollama tells them."""
        asked = httpx.post(f"{self.url}/api/show", json={"model": "qwen3-green"}, trust_env=False)
        return dict(line.split() for line in asked.json()["parameters"].splitlines())


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin/systemctl"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    command.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", SOURCES)
    monkeypatch.setenv("STAND_IN", str(tmp_path))
    monkeypatch.setenv("OLLAMA_HOST", address)
    machine = Machine(tmp_path, f"http://{address}")
    machine.systemctl("restart")
    yield machine
    machine.systemctl("stop")


def server(machine: Machine) -> OllamaServer:
    return OllamaServer(UNIT, machine.url, MODEL, runtime=machine.folder / "run")


def place(machine: Machine) -> Place:
    root = machine.folder / "root"
    return Place(root, machine.folder / "record.json", UNIT, machine.url, MODEL, live=True)


def wishes(said: list[str]) -> Wishes:
    return Wishes(dry_run=False, force=False, agree=lambda question: True, say=said.append)


def test_a_trial_restarts_it_with_its_setting_and_leaves_nothing(machine: Machine) -> None:
    """The drop-in is gone, and it runs as it ran before."""

    async def trial() -> None:
        ollama = server(machine)
        await ollama.begin(GOOD)
        await ollama.load(GOOD)
        await ollama.restore()

    asyncio.run(trial())

    assert machine.starts == ["unset", "4", "unset"]
    assert not list(machine.folder.glob("run/*"))


def test_a_unit_that_did_not_run_does_not_run_afterwards(machine: Machine) -> None:
    """As it was."""
    machine.systemctl("stop")

    async def trial() -> None:
        ollama = server(machine)
        await ollama.begin(GOOD)
        await ollama.restore()

    asyncio.run(trial())

    assert not (machine.folder / "pid").exists()


def test_a_unit_that_fails_is_said_and_put_back(machine: Machine) -> None:
    """In systemctl's own words."""
    (machine.folder / "MOST_SLOTS").write_text("8")

    async def trial() -> None:
        ollama = server(machine)
        with pytest.raises(ServerFailedError, match=r"Job for ollama\.service failed"):
            await ollama.begin(BETTER)
        await ollama.restore()

    asyncio.run(trial())

    assert machine.starts[-1] == "unset"


def test_the_choice_is_in_force_and_taken_back_whole(machine: Machine) -> None:
    """Files, model and process."""
    said: list[str] = []

    settled = asyncio.run(settle((BETTER, GOOD), None, place(machine), wishes(said)))

    assert settled == BETTER
    assert machine.starts[-1] == "16"
    assert "qwen3-green:latest" in machine.models()

    left = asyncio.run(undo(machine.folder / "record.json", wishes(said), live=True))

    assert left == 0
    assert machine.starts[-1] == "unset"
    assert "qwen3-green:latest" not in machine.models()
    assert not [path for path in (machine.folder / "root").rglob("*") if path.is_file()]


def test_where_the_best_fails_the_next_best_is_put_in_force(machine: Machine) -> None:
    """And it says so."""
    (machine.folder / "MOST_SLOTS").write_text("8")
    said: list[str] = []

    settled = asyncio.run(settle((BETTER, GOOD), None, place(machine), wishes(said)))

    assert settled == GOOD
    assert machine.starts[-1] == "4"
    assert any("put back, and the next best tried" in line for line in said)


def test_where_nothing_comes_up_an_earlier_tunes_choice_stays_in_force(machine: Machine) -> None:
    """Putting back is one step, not all of them."""
    said: list[str] = []
    asyncio.run(settle((GOOD,), None, place(machine), wishes(said)))
    (machine.folder / "MOST_SLOTS").write_text("8")

    settled = asyncio.run(settle((BETTER,), None, place(machine), wishes(said)))

    assert settled is None
    assert machine.starts == ["unset", "4", "16", "4"]
    assert asyncio.run(undo(machine.folder / "record.json", wishes(said), live=True)) == 0
    assert machine.starts[-1] == "unset"


@pytest.mark.parametrize("edited", [False, True])
def test_a_model_whose_new_setting_does_not_load_is_made_again_as_it_was(
    machine: Machine, *, edited: bool
) -> None:
    """By the Modelfile that is back; one that somebody has edited is for Ollama itself to read."""
    (machine.folder / "COSTS").touch()
    said: list[str] = []
    asyncio.run(settle((GOOD,), None, place(machine), wishes(said)))
    assert machine.parameters()["num_ctx"] == "4096"
    modelfile = machine.folder / "root/etc/green-qwen/qwen3-green.modelfile"
    if edited:
        modelfile.write_text(f"{modelfile.read_text()}SYSTEM be brief\n")
    wanted = Wishes(dry_run=False, force=True, agree=lambda question: True, say=said.append)

    settled = asyncio.run(settle((TOO_LARGE,), None, place(machine), wanted))

    assert settled is None
    assert machine.starts[-2:] == ["64", "4"]
    command = f"ollama create qwen3-green -f {modelfile}"
    assert any(line.endswith(command) for line in said) is edited
    if not edited:
        assert machine.parameters()["num_ctx"] == "4096"
        assert "num_batch" not in machine.parameters()


def test_somebody_elses_model_of_that_name_is_left_as_it_is(machine: Machine) -> None:
    """Nobody could bring it back."""
    asyncio.run(until_up(UNIT, machine.url))
    asyncio.run(create_in_ollama(machine.url, "qwen3-green", MODEL, {"num_ctx": 1024}))

    with pytest.raises(ConfigError, match="ollama cp qwen3-green OTHER"):
        asyncio.run(settle((BETTER, GOOD), None, place(machine), wishes([])))

    assert machine.parameters()["num_ctx"] == "1024"
    assert machine.starts == ["unset", "16", "unset"]
    assert not [path for path in machine.folder.glob("root/**/*") if path.is_file()]


def test_ctrl_c_while_it_is_put_in_force_takes_it_back(machine: Machine) -> None:
    """The files are there for as long as it lasts only."""

    async def interrupted() -> None:
        settling = asyncio.create_task(settle((BETTER,), None, place(machine), wishes([])))
        while machine.starts[-1] != "16":  # noqa: ASYNC110 - another process, which sets no event
            await asyncio.sleep(0.02)
        settling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await settling

    asyncio.run(interrupted())

    assert machine.starts == ["unset", "16", "unset"]
    assert not [path for path in machine.folder.glob("root/**/*") if path.is_file()]
    assert not (machine.folder / "record.json").exists()


def test_a_drop_in_that_is_read_later_is_named(machine: Machine) -> None:
    """Else nobody would see that the choice is not in force."""
    theirs = machine.folder / "etc/ollama.service.d/override.conf"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[Service]\nEnvironment=OLLAMA_NUM_PARALLEL=2\n")

    with pytest.raises(ConfigError, match="another drop-in sets OLLAMA_NUM_PARALLEL=2"):
        asyncio.run(settle((BETTER,), None, place(machine), wishes([])))

    assert not [path for path in machine.folder.glob("root/**/*") if path.is_file()]
    assert theirs.exists()
