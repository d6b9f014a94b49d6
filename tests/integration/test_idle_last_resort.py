# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What systemd runs after the end of green-idle: clocks go back with nothing but the held file and NVML."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from green_common.config import IdleConfig
from green_idle import last_resort
from integration.idle_rig import LOWEST, ROOTS, SimulatedServer, idle_world

ROOT = Path(__file__).parents[2]
RUN = (
    "import sys; before = set(sys.modules)\n"
    "from green_idle.last_resort import main\n"
    "code = main()\n"
    "named = {sys.modules[name].__spec__.origin or '' for name in set(sys.modules) - before}\n"
    "print('\\n'.join(sorted(named)))\n"
    "sys.exit(code)\n"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the simulated libnvidia-ml.so.1."""
    folder = tmp_path_factory.mktemp("nvml")
    subprocess.run(["make", "-s", "-C", str(ROOT / "sim/nvml"), f"OUT={folder}"], check=True)
    return folder


def run(library: Path, sim: SimulatedServer, held: Path) -> subprocess.CompletedProcess[str]:
    """As systemd does it: in a process of its own, without a configuration and without site-packages."""
    environ = {
        "PYTHONPATH": os.pathsep.join(ROOTS),
        "LD_LIBRARY_PATH": str(library),
        "GREEN_SIM_GPU_SOCKET": str(sim.gpu_socket),
        "GREEN_IDLE_HELD_FILE": str(held),
    }
    command = [sys.executable, "-S", "-B", "-c", RUN]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30, check=False)


def lower(sim: SimulatedServer, index: int = 0) -> str:
    """The UUID of a GPU whose clocks are locked low now."""
    sim.call_driver(f"lock_sm {index} {LOWEST[0]} {LOWEST[1]}")
    return str(sim.gpu(index)["uuid"])


@pytest.fixture
def held(tmp_path: Path, sim: SimulatedServer) -> Path:
    sim.mend()
    return tmp_path / "held"


def test_a_gpu_that_the_file_names_is_reset(library: Path, sim: SimulatedServer, held: Path) -> None:
    """The lock is gone, then the file, and the journal gets one line."""
    held.write_text(json.dumps({"gpus": [lower(sim)]}))

    done = run(library, sim, held)

    assert done.returncode == os.EX_OK, done.stderr
    assert "gave back the clocks of 1 GPU " in done.stderr
    assert sim.locked() is None
    assert not held.exists()


def test_nothing_of_the_packages_libraries_is_loaded(library: Path, sim: SimulatedServer, held: Path) -> None:
    """Only Python's own modules and four small files of ours, so no broken library is in the way."""
    held.write_text(json.dumps({"gpus": [lower(sim)]}))

    loaded = run(library, sim, held).stdout

    ours = {line for line in loaded.splitlines() if line.startswith(str(ROOT))}
    names = {"green_common/__init__.py", "green_common/errors.py", "green_idle/__init__.py"}
    names |= {"green_idle/held.py", "green_idle/last_resort.py"}
    assert {"/".join(Path(path).parts[-2:]) for path in ours} == names
    assert "site-packages" not in loaded


def test_an_administrators_lock_stays(library: Path, sim: SimulatedServer, held: Path) -> None:
    """Without a file nothing is ours; with one, only what it names."""
    sim.call_driver("lock_sm 0 1005 1005")

    without = run(library, sim, held)
    held.write_text(json.dumps({"gpus": []}))
    with_another = run(library, sim, held)

    assert (without.returncode, without.stderr) == (os.EX_OK, "")
    assert with_another.returncode == os.EX_OK
    assert sim.locked() == [1005, 1005]


@pytest.mark.parametrize("content", ["", "{", '{"gpus": 7}'])
def test_a_file_that_makes_no_sense_names_every_gpu(library: Path, tmp_path: Path, content: str) -> None:
    """Something was held; giving back too much is the safe mistake."""
    held = tmp_path / "held"
    with SimulatedServer(tmp_path, "--gpus", "2") as sim:
        lower(sim, 0), lower(sim, 1)
        held.write_text(content)

        done = run(library, sim, held)

        assert done.returncode == os.EX_OK, done.stderr
        assert [sim.locked(0), sim.locked(1)] == [None, None]
        assert not held.exists()


def test_a_lost_gpu_keeps_the_file_and_not_the_others(library: Path, tmp_path: Path) -> None:
    """The other one is reset at once, the lost one by the next try."""
    held = tmp_path / "held"
    with SimulatedServer(tmp_path, "--gpus", "2") as sim:
        held.write_text(json.dumps({"gpus": [lower(sim, 0), lower(sim, 1)]}))
        sim.fail("gpu-lost:0")

        lost = run(library, sim, held)
        after_loss = held.exists(), sim.locked(1)
        sim.fail()
        back = run(library, sim, held)

        assert lost.returncode == os.EX_UNAVAILABLE
        assert f"{held} stays for the next start" in lost.stderr
        assert after_loss == (True, None)
        assert back.returncode == os.EX_OK
        assert sim.locked(0) is None
        assert not held.exists()


def test_without_a_driver_the_file_stays(tmp_path: Path, sim: SimulatedServer, held: Path) -> None:
    """Nothing can be reset: who comes next tries again."""
    held.write_text(json.dumps({"gpus": [lower(sim)]}))

    done = run(tmp_path / "no-library", sim, held)

    assert done.returncode == os.EX_UNAVAILABLE
    assert last_resort.LIBRARY in done.stderr
    assert held.exists()


def test_what_green_idle_writes_is_understood(library: Path, tmp_path: Path, sim: SimulatedServer) -> None:
    """The file of a real hold, after a kill."""
    with idle_world(tmp_path, sim) as world:
        world.rest()
        world.idle.stop(9)
        was = sim.locked()

        done = run(library, sim, world.idle.held)

        assert was == LOWEST
        assert "of 1 GPU " in done.stderr
        assert sim.locked() is None
        assert not world.idle.held.exists()


def test_the_file_is_looked_for_where_green_idle_writes_it() -> None:
    """Without a configuration the path has to be known."""
    assert IdleConfig().held_file == last_resort.HELD_FILE
