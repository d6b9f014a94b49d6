# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-telemetry's views as a process shows them."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from green_common.feed.messages import Finished, FirstToken, Forwarded, Tokens
from integration.telemetry_rig import (
    Entry,
    Program,
    Simulation,
    feed,
    free_port,
    simulation,
    telemetry,
    wait_until,
)


@dataclass
class Watched:
    """A telemetry with its feed, seen through its sockets."""

    daemon: Program
    sim: Simulation
    folder: Path
    metrics: str

    def live(self) -> httpx.Client:
        return httpx.Client(
            transport=httpx.HTTPTransport(uds=str(self.folder / "live.sock")),
            base_url="http://live",
            timeout=20,
        )

    def rss_kib(self) -> int:
        status = Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("views")
    address = f"127.0.0.1:{free_port()}"
    with (
        simulation(folder, "--load-s", "0.2") as sim,
        telemetry(folder, GREEN_TELEMETRY_LISTEN=address) as daemon,
    ):
        yield Watched(daemon, sim, folder, f"http://{address}")


def test_a_generation_is_seen_while_it_runs_and_its_receipt_when_it_is_over(watched: Watched) -> None:
    """On a stream, in this order."""
    with feed(watched.folder) as speaking, watched.live() as live, live.stream("GET", "/v1/stream") as stream:
        lines = map(json.loads, stream.iter_lines())
        wait_until(lambda: speaking.readers, "reader")
        speaking.say(Forwarded("g1", ("r1",), "qwen3:32b"), FirstToken("g1"), Tokens("g1", 7))
        running: Entry = next(line for line in lines if line.get("generations"))
        speaking.say(Finished("g1", ("r1",), "qwen3:32b", 200, output_tokens=9))
        receipt: Entry = next(line for line in lines if line["event"] == "receipt")

    assert running["generations"][0]["requests"] == ["r1"]
    assert running["gpus"][0]["power_w"] > 0
    assert running["simulated"] is True
    assert (receipt["request"], receipt["output_tokens"]) == ("r1", 9)


def test_figures_go_to_whoever_asks_and_nothing_else_does(watched: Watched) -> None:
    """Over TCP, under this machine's names."""
    assert "green_gpu_power_watts" in httpx.get(f"{watched.metrics}/metrics").text
    assert httpx.get(f"{watched.metrics}/v1/snapshot").status_code == 404
    assert httpx.get(f"{watched.metrics}/metrics", headers={"host": "evil.example"}).status_code == 403
    assert httpx.get(f"{watched.metrics}/-/healthz").json()["status"] == "ok"


def test_nobody_who_misbehaves_shuts_the_others_out(watched: Watched) -> None:
    """Connections that say nothing, noise, and readers that don't read: others are served, samples go on."""
    port = int(watched.metrics.rpartition(":")[2])
    with contextlib.ExitStack() as crowd:
        for number in range(100):
            one = crowd.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.sendall((b"", b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\0" * 9000)[number % 3])
        greedy = crowd.enter_context(socket.socket(socket.AF_UNIX))
        greedy.connect(str(watched.folder / "live.sock"))
        greedy.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n")

        answers = [httpx.get(f"{watched.metrics}/metrics").status_code for _ in range(5)]
        with watched.live() as live:
            before = live.get("/v1/snapshot").json()["at_s"]
            wait_until(lambda: live.get("/v1/snapshot").json()["at_s"] > before, "next snapshot")

    assert answers == [200] * 5


def test_memory_stays_within_what_it_may_take(watched: Watched) -> None:
    """32 MiB with everything that serves views loaded."""
    for _ in range(50):
        httpx.get(f"{watched.metrics}/metrics", headers={"accept": "application/openmetrics-text"})

    assert watched.rss_kib() < 32 * 1024


def test_a_taken_address_costs_the_metrics_alone(watched: Watched, tmp_path: Path) -> None:
    """The daemon says so and does the rest of its work."""
    (tmp_path / "gpu.sock").symlink_to(watched.folder / "gpu.sock")
    address = watched.metrics.removeprefix("http://")

    with telemetry(tmp_path, GREEN_TELEMETRY_LISTEN=address) as daemon:
        (off,) = daemon.wait_for("views.off")
        transport = httpx.HTTPTransport(uds=str(tmp_path / "live.sock"))
        with httpx.Client(transport=transport, base_url="http://live") as live:
            status = live.get("/v1/snapshot").status_code

    assert f"telemetry.listen {address}" in off["say"]
    assert status == 200


def test_the_live_socket_goes_with_the_daemon(tmp_path: Path, watched: Watched) -> None:
    """A stop ends streams too, and leaves no file."""
    (tmp_path / "gpu.sock").symlink_to(watched.folder / "gpu.sock")
    with telemetry(tmp_path) as daemon:
        transport = httpx.HTTPTransport(uds=str(tmp_path / "live.sock"))
        with (
            httpx.Client(transport=transport, base_url="http://live") as live,
            live.stream("GET", "/v1/stream") as one,
        ):
            next(one.iter_lines())

            assert daemon.stop() == 0

    assert not (tmp_path / "live.sock").exists()
