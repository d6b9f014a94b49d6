# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen top` on a real pseudo-terminal, over real daemons that come and go."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from green_common.feed.messages import Finished, FirstToken, Forwarded, Tokens
from green_qwen.top.screen import ENTER, LEAVE
from integration.pty_rig import Terminal, terminal
from integration.telemetry_rig import (
    SOURCES,
    Program,
    Simulation,
    feed,
    free_port,
    program,
    simulation,
    telemetry,
    wait_until,
)

# Of computing; on processors of its own it waits for little else.
FIRST_FRAME_CPU_S, FIRST_FRAME_S = 0.5, 5.0


@dataclass
class Ground:
    """A simulation, and how a command is told where everything is."""

    folder: Path
    sim: Simulation
    environ: dict[str, str]

    def top(self) -> contextlib.AbstractContextManager[Terminal]:
        return terminal("top", environ=self.environ)

    def once(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("GREEN_", "OLLAMA_"))
        }
        return subprocess.run(
            [sys.executable, "-m", "green_qwen", "top", *arguments],
            env={**own, "PYTHONPATH": SOURCES, **self.environ},
            capture_output=True,
            text=True,
            timeout=30,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    @contextlib.contextmanager
    def proxy(self) -> Iterator[Program]:
        listen, upstream = self.environ["GREEN_PROXY_LISTEN"], self.sim.url
        told = {"GREEN_PROXY_LISTEN": listen, "GREEN_PROXY_GATEWAY": "", "GREEN_PROXY_UPSTREAM": upstream}
        with program(
            "green_proxy", self.folder, **told, GREEN_FEED_GROUP="none", GREEN_SHAPING_SLOTS="4"
        ) as made:
            made.wait_for("daemon.ready")
            yield made

    def chat(self, tokens: int) -> None:
        at = f"http://{self.environ['GREEN_PROXY_LISTEN']}"
        self.sim.chat("count", at=at, options={"num_predict": tokens})


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    environ = {
        "GREEN_TELEMETRY_LIVE_SOCKET": str(tmp_path / "live.sock"),
        "GREEN_PROXY_LISTEN": f"127.0.0.1:{free_port()}",
        "GREEN_GPU_DRIVER": "simulated",
        "GREEN_GPU_SIMULATED_SOCKET": str(tmp_path / "gpu.sock"),
        "GREEN_IDLE_HELD_FILE": str(tmp_path / "held"),
    }
    with simulation(tmp_path, "--load-s", "0", "--parallel", "4", "--answer-tokens", "2000") as sim:
        yield Ground(tmp_path, sim, environ)


def test_a_request_is_seen_while_it_runs(ground: Ground) -> None:
    """With its phase, tokens and speed, by the proxy's and the telemetry's own words; and 'simulated'."""
    with telemetry(ground.folder), ground.proxy(), ground.top() as shown:
        asking = threading.Thread(target=ground.chat, args=(900,))
        asking.start()
        shown.wait_for(lambda it: "1 in flight (1 decode)" in it.text, "request in flight")
        shown.wait_for(lambda it: "1 of 4 busy" in it.text, "slots")
        shown.wait_for(lambda it: "tokens/s/W" in it.text, "speed by power")
        frame = shown.frame
        shown.press("q")
        code = shown.ended()
        asking.join()

    assert code == 0
    assert "simulated" in frame[0]
    assert any("qwen3:32b" in line and "decode" in line and "127.0.0.1" in line for line in frame)
    assert max(map(len, frame)) <= 80 and len(frame) <= 24
    assert shown.left_clean


def test_the_first_frame_comes_at_once(ground: Ground) -> None:
    """Whoever is absent, or slow to answer, is not waited for."""
    with telemetry(ground.folder), ground.top() as shown:
        shown.wait_for(lambda it: "power" in it.text, "power")

    assert shown.first_frame_cpu_s is not None and shown.first_frame_cpu_s < FIRST_FRAME_CPU_S
    assert shown.first_frame_s is not None and shown.first_frame_s < FIRST_FRAME_S


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP], ids=lambda it: it.name
)
def test_a_signal_ends_it_and_gives_the_terminal_back(ground: Ground, number: signal.Signals) -> None:
    """As a shell has it: 128 and the signal's number."""
    with ground.top() as shown:
        shown.wait_for(lambda it: "GPU 0" in it.text, "GPU")
        shown.process.send_signal(number)

        code = shown.ended()

    assert code == 128 + number
    assert shown.left_clean


def test_ctrl_z_gives_the_shell_its_screen_and_fg_takes_it_again(ground: Ground) -> None:
    """Under a shell with job control."""
    shell = ("bash", "--norc", "--noprofile", "-i")
    with terminal(environ={**ground.environ, "PS1": "$ "}, program=shell) as shown:
        shown.press(f"{sys.executable} -m green_qwen top\n")
        shown.wait_for(lambda it: "GPU 0" in it.text, "GPU")
        shown.press("\x1a")
        shown.wait_for(lambda it: "Stopped" in it.written.rpartition(LEAVE)[2], "shell's word")
        shown.press("fg\n")
        shown.wait_for(lambda it: it.written.count(ENTER) == 2 and "GPU 0" in it.text, "frame")
        shown.press("q")
        shown.wait_for(lambda it: it.written.endswith("$ "), "shell's prompt")
        shown.press("exit\n")

        assert shown.ended() == 0
    assert shown.written.count(LEAVE) == 2


def test_a_new_size_is_taken_at_once(ground: Ground) -> None:
    """And nothing is ever wider or longer than the terminal."""
    with ground.top() as shown:
        shown.wait_for(lambda it: "GPU 0" in it.text, "GPU")
        shown.resize(30, 4)
        shown.wait_for(lambda it: len(it.frame) <= 4, "small frame")
        small = shown.frame
        shown.resize(120, 40)
        shown.wait_for(lambda it: max(map(len, it.frame)) > 60, "large frame")

    assert max(map(len, small)) <= 30


def test_p_stops_the_picture_and_lets_it_go_on(ground: Ground) -> None:
    """What comes meanwhile is not lost."""
    with ground.top() as shown:
        shown.wait_for(lambda it: "GPU 0" in it.text, "GPU")
        shown.press("p")
        shown.wait_for(lambda it: "paused" in it.frame[0], "pause")
        frozen = shown.frame[0]
        shown.read(2.5)
        after = shown.frame[0]
        shown.press("p")
        shown.wait_for(lambda it: "paused" not in it.frame[0], "its end")

    assert after == frozen


def test_daemons_may_go_and_come_back_under_it(ground: Ground) -> None:
    """Without green-telemetry the driver is read; with it again, its words are shown again."""
    with ground.top() as shown:
        shown.wait_for(lambda it: "from NVML alone" in it.text and " W" in it.text, "power by NVML")
        with telemetry(ground.folder), ground.proxy():
            shown.wait_for(lambda it: "NVML alone" not in it.text and "0 in flight" in it.text, "telemetry")
            shown.wait_for(lambda it: "0 of 4 busy" in it.text, "proxy")
        shown.wait_for(lambda it: "from NVML alone" in it.text, "NVML again")
        shown.wait_for(lambda it: "no green-proxy answers" in it.text.replace("\n", " "), "word of the proxy")
        with telemetry(ground.folder):
            shown.wait_for(lambda it: "NVML alone" not in it.text, "telemetry again")
        shown.press("q")

        assert shown.ended() == 0


def test_a_gpu_that_is_lost_is_said(ground: Ground) -> None:
    """In place of its last figures, and it comes back by itself."""
    with ground.top() as shown:
        shown.wait_for(lambda it: "power" in it.text, "power")
        ground.sim.set_faults("gpu-lost")
        shown.wait_for(lambda it: "power" not in it.text, "loss")
        ground.sim.set_faults()

        shown.wait_for(lambda it: "power" in it.text, "return")


def test_the_state_of_the_clocks_is_shown_with_its_reason(ground: Ground) -> None:
    """As green-idle's file tells it."""
    uuid = "GPU-51300000-0000-4000-8000-000000000000"
    gpu = {
        "gpu": uuid,
        "index": 0,
        "state": "resting",
        "cause": "quiet",
        "say": "10 s of quiet",
        "saving_w": 48.1,
    }
    state = {"format": 1, "simulated": True, "say": "resting", "gpus": [gpu]}
    (ground.folder / "state.json").write_text(json.dumps(state))

    with ground.top() as shown:
        shown.wait_for(lambda it: "resting: 10 s of quiet, saves 48 W" in it.text, "clocks")


def test_once_prints_one_frame_or_one_object(ground: Ground) -> None:
    """For scripts and pipes; what is not known has no field."""
    with telemetry(ground.folder), feed(ground.folder) as speaking:
        wait_until(lambda: speaking.readers, "reader")
        speaking.say(
            Forwarded("g1", ("r1",), "qwen3:32b", client="\x1b[31mred"), FirstToken("g1"), Tokens("g1", 7)
        )
        wait_until(lambda: '"r1"' in ground.once("--once", "--json").stdout, "request")
        text, told = ground.once("--once"), ground.once("--once", "--json")
        speaking.say(Finished("g1", ("r1",), "qwen3:32b", 200, output_tokens=9))
    found: dict[str, Any] = json.loads(told.stdout)

    assert "GPU 0 Simulated H100" in text.stdout and "\x1b" not in text.stdout
    assert (found["source"], found["simulated"], found["in_flight"]) == ("green-telemetry", True, 1)
    assert found["running"][0]["client"] == "?[31mred"
    assert found["gpus"][0]["power_w"] > 0
    assert "trace" not in found["gpus"][0] and "proxy" not in found


def test_without_a_terminal_it_says_what_to_do(ground: Ground) -> None:
    """And ends as a wrong command line does."""
    wrong = ground.once()

    assert wrong.returncode == os.EX_USAGE
    assert wrong.stderr == "green-qwen: top draws on a terminal, and this is none: green-qwen top --once\n"


def test_once_without_any_gpu_says_what_is_missing(tmp_path: Path) -> None:
    """Neither a daemon nor a driver."""
    places = {
        "GREEN_TELEMETRY_LIVE_SOCKET": str(tmp_path / "no.sock"),
        "GREEN_GPU_DRIVER": "simulated",
        "GREEN_GPU_SIMULATED_SOCKET": str(tmp_path / "none.sock"),
    }
    ground = Ground(tmp_path, None, places)  # type: ignore[arg-type]

    found = ground.once("--once", "--json")

    assert found.returncode == os.EX_UNAVAILABLE
    assert "is it running?" in found.stderr and "none.sock" in found.stderr
