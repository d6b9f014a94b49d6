# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen tune` as a user types it, against real processes; all figures are simulated."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = os.pathsep.join(str(ROOT / part) for part in ("shared", "daemons", "cli", "sim"))
QUICK = ("--clients", "4", "--budget", "0.4", "--window-s", "2", "--warm-up-s", "1")
RELAY = f"{sys.executable} {ROOT}/tests/integration/relay_server.py"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, for the names of sockets."""
    with tempfile.TemporaryDirectory(prefix="green-") as name:
        yield Path(name)


def start(folder: Path, *options: str, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "green_qwen", "tune", "--state", str(folder / "state"), *options],
        env={**os.environ, "PYTHONPATH": SOURCES, "TMPDIR": str(folder), **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *options: str, **environ: str) -> tuple[int, str, str]:
    with start(folder, *options, **environ) as process:
        said, complained = process.communicate(timeout=100)
        return process.returncode, said, complained


def lives(name: Path) -> list[str]:
    """Processes whose command line names this path."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(name) in words and str(os.getpid()) != place.parent.name and "green_qwen" not in words:
            found.append(words)
    return found


def test_it_measures_explains_and_writes_and_takes_it_back(folder: Path) -> None:
    """On the simulation, into a folder of its own."""
    root = folder / "root"

    code, said, _ = run(folder, *QUICK, "--simulate", "--root", str(root), "--yes")

    assert code == 0
    assert "simulated" in said
    assert "chosen: " in said
    assert "num_ctx 8192" in said
    assert "switching thinking off: not measured: no time left" in said
    drop_in = root / "etc/systemd/system/ollama.service.d/green-qwen.conf"
    assert "Environment=OLLAMA_NUM_PARALLEL=" in drop_in.read_text()
    assert f"+++ {drop_in}" in said

    code, said, _ = run(folder, "--undo", "--root", str(root), "--yes")

    assert code == 0
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_a_drop_in_that_was_edited_is_named_and_left(folder: Path) -> None:
    """And the exit code says so."""
    root = folder / "root"
    run(folder, *QUICK, "--simulate", "--root", str(root), "--yes")
    drop_in = root / "etc/systemd/system/ollama.service.d/green-qwen.conf"
    drop_in.write_text("[Service]\n# mine\n")

    code, said, _ = run(folder, "--undo", "--root", str(root), "--yes")

    assert code == os.EX_CONFIG
    assert str(drop_in) in said
    assert drop_in.read_text() == "[Service]\n# mine\n"


def test_a_stop_in_a_trial_leaves_nothing_and_can_be_resumed(folder: Path) -> None:
    """What was measured is not measured again."""
    process = start(folder, *QUICK, "--simulate", "--dry-run")
    assert process.stdout is not None
    for line in process.stdout:
        if " 2. " in line:
            break

    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    _, complained = process.communicate(timeout=30)

    assert process.returncode == 128 + signal.SIGINT
    assert "--resume" in complained
    assert not lives(folder)

    code, said, _ = run(folder, *QUICK, "--simulate", "--dry-run", "--resume")

    assert code == 0
    assert said.count("measured before") == 1


def test_json_is_one_object_with_all_that_was_measured(folder: Path) -> None:
    """What goes on is told on stderr."""
    code, said, told = run(folder, *QUICK, "--simulate", "--dry-run", "--json")

    found = json.loads(said)
    assert code == 0
    assert found["simulated"] is True
    assert found["chosen"]["slots"] > 1
    assert found["gain"]["value"] > 1
    assert "screening" in told


@pytest.fixture
def machine(folder: Path) -> Iterator[dict[str, str]]:
    """A simulated Ollama with its GPU, and the environment in which that GPU is this machine's."""
    socket = folder / "gpu.sock"
    command = [sys.executable, "-m", "green_sim", "--listen", "127.0.0.1:0", "--gpu-socket", str(socket)]
    with subprocess.Popen(
        [*command, "--parallel", "4", "--load-s", "0.2"],
        env={**os.environ, "PYTHONPATH": SOURCES},
        stdout=subprocess.PIPE,
        text=True,
    ) as simulation:
        assert simulation.stdout is not None
        port = simulation.stdout.readline().split("http://127.0.0.1:")[1].split()[0]
        yield {"GREEN_GPU_DRIVER": "simulated", "GREEN_GPU_SIMULATED_SOCKET": str(socket), "PORT": port}
        simulation.terminate()


def relay(machine: dict[str, str]) -> str:
    return f"{RELAY} {{port}} {machine['PORT']} {{slots}}"


def test_a_command_of_the_users_own_is_started_and_ended(folder: Path, machine: dict[str, str]) -> None:
    """A setting with which it fails is put back, and says what the server said."""
    code, said, _ = run(
        folder, *QUICK, "--server-command", relay(machine), "--model", "qwen3:32b", MOST_SLOTS="2", **machine
    )

    assert code == 0
    assert "put back: " in said
    assert "cudaMalloc failed: out of memory" in said
    assert "llama-server -np 2" in said
    assert not lives(ROOT / "tests/integration/relay_server.py")
    assert (folder / "state/logs/server-1.log").exists()


def test_a_stop_ends_the_users_server_too(folder: Path, machine: dict[str, str]) -> None:
    """Also while it is still coming up."""
    process = start(folder, *QUICK, "--server-command", relay(machine), READY_AFTER_S="60", **machine)
    until_s = time.monotonic() + 20
    while not lives(ROOT / "tests/integration/relay_server.py") and time.monotonic() < until_s:
        time.sleep(0.1)

    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    assert process.returncode == 128 + signal.SIGTERM
    assert not lives(ROOT / "tests/integration/relay_server.py")


def test_another_load_on_the_gpu_is_refused_with_its_name(folder: Path, machine: dict[str, str]) -> None:
    """Its joules would be counted as the setting's."""
    subprocess.run(
        [
            *("curl", "-fsS", f"http://127.0.0.1:{machine['PORT']}/sim/processes"),
            *("-d", json.dumps({"pid": os.getpid(), "memory_bytes": 1 << 30})),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )

    code, _, complained = run(folder, *QUICK, "--server-command", relay(machine), **machine)

    assert code == os.EX_UNAVAILABLE
    assert f"process {os.getpid()} (" in complained


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--budget", "0"), os.EX_USAGE, "from 0.1 to 1440"),
        (("--extra-fields", "[]"), os.EX_USAGE, "an object such as"),
        (("--prompts", "9-1"), os.EX_USAGE, "two numbers of tokens"),
        (("--server-command", "llama-server"), os.EX_USAGE, "{port}"),
        (("--simulate", "--resume"), os.EX_CONFIG, "nothing to resume"),
        (("--undo",), os.EX_CONFIG, "has written nothing"),
        (("--model", "qwen3:32b"), os.EX_UNAVAILABLE, "no GPU to measure qwen3:32b on"),
    ],
)
def test_bad_input_is_refused_in_words(folder: Path, options: tuple[str, ...], code: int, says: str) -> None:
    """With an exit code of sysexits.h, before anything is started."""
    socket = str(folder / "none.sock")

    got, _, complained = run(
        folder, *options, GREEN_GPU_DRIVER="simulated", GREEN_GPU_SIMULATED_SOCKET=socket
    )

    assert got == code
    assert says in complained
