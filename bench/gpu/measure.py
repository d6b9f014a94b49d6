#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
green-proxy and green-telemetry as they are, on a real GPU, under loads with rest between them.

An independent reader of the energy counter runs beside them; audit.py then holds the books against it.
Each load begins just after telemetry has begun a window and goes on until just after its end: so that window
is all load, no request crosses the edge before it, the first and the last window are all rest. Nothing here
writes to the GPU. Expects green-qwen's packages on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import json
import math
import shlex
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from audit import entries_of
from figures import Part, part_table
from load import Answered
from rig import Rig, free_port
from witness import witnesses_of

HERE = Path(__file__).parent
# Reading 18 GB from a disk that was never read before takes longest.
SERVER_WITHIN_S, DAEMON_WITHIN_S = 240.0, 30.0
# The witness has to have read after the last window's end.
LAST_READING_S = 2.5
# Telemetry's windows begin at most half a second before it was seen to be ready.
MARGIN_S = 1.0


class Measurement:
    """The sequence of one run, and where its files are."""

    def __init__(self, arguments: argparse.Namespace, rig: Rig) -> None:
        self._given = arguments
        self._rig = rig
        self._began_s = time.monotonic()
        self._parts: list[Part] = []
        self._summaries: list[str] = []
        self._requests = rig.output("requests.jsonl")

    def run(self) -> None:
        """Start everything, rest, load, rest; leaves telemetry stopped and its last window written."""
        self._requests.touch()
        self._rig.start("witness.log", [sys.executable, str(HERE / "counter.py"), str(self._witness)])
        upstream = self._given.upstream or self._start_server()
        self._warm_up(upstream)
        proxy = self._start_daemons(upstream)
        windows_began_s = time.monotonic()
        window_s = self._given.window_s
        load_at_s = windows_began_s + self._given.idle_windows * window_s
        for clients in self._given.clients:
            self._rest_until(load_at_s + MARGIN_S)
            self._load(proxy, clients)
            load_at_s = next_edge_s(windows_began_s, window_s, time.monotonic() + window_s / 2)
        end_s = next_edge_s(windows_began_s, window_s, time.monotonic() + window_s)
        self._rest_until(end_s + MARGIN_S)
        self._rig.stop("telemetry.jsonl")
        time.sleep(LAST_READING_S)

    def report(self) -> str:
        """The figures of each part, what the clients saw, and what the daemons cost."""
        answered = [Answered(**entry) for entry in entries_of(self._requests)]  # type: ignore[arg-type]
        telemetry = entries_of(self._rig.output("telemetry.jsonl"))
        lines = [time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())]
        lines += [str(entry["say"]) for entry in telemetry if entry["event"] == "gpu.found"]
        for gpu, witness in witnesses_of(self._witness.read_text().splitlines()).items():
            lines += [gpu, *part_table(self._parts, answered, witness), ""]
        costs = (f"{name.partition('.')[0]} {cpu_s:.1f} s" for name, cpu_s in self._rig.cpu_s.items())
        return "\n".join([*lines, *self._summaries, f"CPU time: {', '.join(costs)}"])

    def write_parts(self) -> None:
        lines = (json.dumps(asdict(part)) + "\n" for part in self._parts)
        self._rig.output("parts.jsonl").write_text("".join(lines))

    @property
    def _witness(self) -> Path:
        return self._rig.output("witness.jsonl")

    def _start_server(self) -> str:
        port = free_port()
        command = [self._given.server, "-m", self._given.model, "--host", "127.0.0.1", "--port", str(port)]
        self._rig.start("server.log", [*command, *shlex.split(self._given.server_options)])
        self._rig.wait_for_http("server.log", f"http://127.0.0.1:{port}/health", SERVER_WITHIN_S)
        self._say("the model server is up")
        return f"http://127.0.0.1:{port}"

    def _warm_up(self, upstream: str) -> None:
        """A server's first request compiles and allocates: nobody's load, and before the books begin."""
        self._ask(upstream, Path("/dev/null"), clients=2, seconds=self._given.warm_up_s)

    def _start_daemons(self, upstream: str) -> str:
        port = free_port()
        environ = {
            "GREEN_PROXY_LISTEN": f"127.0.0.1:{port}",
            "GREEN_PROXY_UPSTREAM": upstream,
            "GREEN_TELEMETRY_WINDOW_S": str(self._given.window_s),
            "GREEN_TELEMETRY_LISTEN": "",
            "GREEN_TELEMETRY_LIVE_SOCKET": str(Path(self._given.run_folder) / "live.sock"),
            "GREEN_FEED_SOCKET": str(Path(self._given.run_folder) / "activity.sock"),
            "GREEN_LOG_FORMAT": "json",
        }
        Path(self._given.run_folder).mkdir(parents=True, exist_ok=True)
        for name, package, ready in (
            ("proxy.jsonl", "green_proxy", '"daemon.ready"'),
            ("telemetry.jsonl", "green_telemetry", '"daemon.ready"'),
        ):
            self._rig.start(name, [sys.executable, "-m", package], environ)
            self._rig.wait_for_line(name, ready, DAEMON_WITHIN_S)
        self._say("green-proxy and green-telemetry are up")
        return f"http://127.0.0.1:{port}"

    def _rest_until(self, end_s: float) -> None:
        start_s = time.monotonic()
        while (left_s := end_s - time.monotonic()) > 0:
            time.sleep(min(1.0, left_s))
            self._rig.check()
        self._end_part("rest", start_s)

    def _load(self, proxy: str, clients: int) -> None:
        start_s = time.monotonic()
        self._summaries.append(self._ask(proxy, self._requests, clients, self._given.window_s))
        self._rig.check()
        self._end_part(f"clients: {clients}", start_s)

    def _ask(self, url: str, path: Path, clients: int, seconds: float) -> str:
        options = ["--clients", str(clients), "--seconds", str(seconds), "--model", self._given.model_name]
        command = [sys.executable, str(HERE / "load.py"), url, str(path), *options]
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        self._say(said)
        return said

    def _end_part(self, name: str, start_s: float) -> None:
        self._parts.append(Part(name, start_s, time.monotonic()))
        self.write_parts()
        self._say(f"{name} is over")

    def _say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began_s:.0f} s] {text}", flush=True)


def next_edge_s(began_s: float, window_s: float, not_before_s: float) -> float:
    """The first edge between windows that does not come before this time."""
    return began_s + math.ceil((not_before_s - began_s) / window_s) * window_s


def audit(folder: Path) -> tuple[str, int]:
    """audit.py's report and exit code."""
    files = (str(folder / name) for name in ("telemetry.jsonl", "witness.jsonl", "requests.jsonl"))
    done = subprocess.run([sys.executable, str(HERE / "audit.py"), *files], stdout=subprocess.PIPE, text=True)
    return done.stdout, done.returncode


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for what was measured")
    parser.add_argument("--server", help="llama-server, started for the measurement")
    parser.add_argument("--model", help="its GGUF")
    parser.add_argument("--server-options", default="-ngl 99 -fa on -np 16 -c 131072", help="as one argument")
    parser.add_argument("--upstream", help="a server that runs already, instead of --server and --model")
    parser.add_argument("--model-name", default="qwen3-32b-random", help="the name that requests carry")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--window-s", type=int, default=60, help="telemetry's window; each load covers one")
    parser.add_argument("--idle-windows", type=int, default=1, help="windows before the first load")
    parser.add_argument("--warm-up-s", type=float, default=3)
    parser.add_argument("--run-folder", default="/tmp/green-bench", help="for the feed's socket")  # noqa: S108
    given = parser.parse_args()
    if not given.upstream and not (given.server and given.model):
        parser.error("name --server and --model, or a running server with --upstream")
    return given


def main() -> None:
    given = parse_arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    with Rig(given.out) as rig:
        measurement = Measurement(given, rig)
        measurement.run()
    findings, code = audit(given.out)
    text = f"{measurement.report()}\n\n{findings}"
    (given.out / "report.md").write_text(text)
    print(text)
    sys.exit(code)


if __name__ == "__main__":
    main()
