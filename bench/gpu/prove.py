#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The proof on one GPU: what a rest would save, what tune chooses, and bench before and after.

Reads the GPU only. 'Before' is llama-server in its default setting, asked directly; 'after' is what
`green-qwen tune` chose, through green-proxy with all shaping on. Each step leaves its files in OUT.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rig import Rig, free_port

HERE = Path(__file__).parent
FIELDS = '{"ignore_eos": true, "cache_prompt": false}'
SERVER_WITHIN_S = 120.0
CONTEXT_DEFAULT = 40960


class Proof:
    """Its steps in order; each is a process of its own."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given, self._out = given, given.out
        self._began_s = time.monotonic()

    def run(self) -> int:
        with Rig(self._out) as rig:
            self._rests(rig)
        setting = self._tune()
        self._say(f"tune chose {json.dumps(setting)}")
        return self._bench(setting)

    def _rests(self, rig: Rig) -> None:
        """Without a model, with one as the driver has it, and with one without the driver's boost."""
        self._measure("bare")
        for name, environ in (("resident", {}), ("resident, no boost", {"CUDA_DISABLE_PERF_BOOST": "1"})):
            port = free_port()
            rig.start("rest-server.log", [*self._server("1", CONTEXT_DEFAULT), "--port", str(port)], environ)
            rig.wait_for_http("rest-server.log", f"http://127.0.0.1:{port}/health", SERVER_WITHIN_S)
            time.sleep(self._given.settle_s)
            self._measure(name)
            rig.stop("rest-server.log")

    def _measure(self, name: str) -> None:
        command = [sys.executable, "-m", "green_idle", "--measure", str(self._given.rest_s)]
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        with (self._out / "rests.txt").open("a") as file:
            file.write(f"== {name}\n{said}\n")
        self._say(f"{name}: {said.strip()}")

    def _tune(self) -> Mapping[str, Any]:
        command = [
            *(sys.executable, str(HERE / "tune.py"), str(self._out / "tuned")),
            *("--server", self._given.server, "--model", self._given.model),
            *("--budget", str(self._given.tune_min), "--clients", str(self._given.clients)),
            *("--context", "8192", "--warm-up-s", "6", "--window-s", "8"),
        ]
        subprocess.run(command, check=True)
        lines = (self._out / "tuned" / "findings.jsonl").read_text().splitlines()
        chosen: Mapping[str, Any] = json.loads(lines[-1])["chosen"]
        return chosen

    def _bench(self, setting: Mapping[str, Any]) -> int:
        slots = int(setting["slots"])
        environ = {
            **os.environ,
            "GREEN_SHAPING_SLOTS": str(slots),
            "GREEN_PROXY_GATEWAY": "",
        }
        before = shlex.join(self._server("1", CONTEXT_DEFAULT)) + " --port {port}"
        after = f"env {' '.join(variables_of(setting))} {shlex.join(self._server(str(slots), 8192 * slots))}"
        command = [
            *(sys.executable, "-m", "green_qwen", "bench", "--yes"),
            *("--before-command", before, "--after-command", after + options_of(setting) + " --port {port}"),
            *("--api", "openai", "--letters", "--fields", FIELDS, "--model", self._given.model),
            *("--clients", str(self._given.clients), "--window-s", str(self._given.window_s)),
            *("--pairs", str(self._given.pairs), "--rest-s", str(self._given.rest_s)),
            *("--warm-up-most-s", str(self._given.warm_up_s), "--out", str(self._out / "bench")),
        ]
        self._say(f"before: {before}; after: {after}{options_of(setting)}")
        return subprocess.run(command, env=environ).returncode

    def _server(self, slots: str, context: int) -> list[str]:
        always = ["-ngl", "99", "--host", "127.0.0.1", "--no-webui"]
        return [self._given.server, "-m", self._given.model, *always, "-np", slots, "-c", str(context)]

    def _say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began_s:.0f} s] {text}", flush=True)


def variables_of(setting: Mapping[str, Any]) -> list[str]:
    """What the setting needs of the server's environment."""
    found = [] if setting.get("perf_boost", True) else ["CUDA_DISABLE_PERF_BOOST=1"]
    return found + (["LLAMA_ARG_BACKEND_SAMPLING=1"] if setting.get("gpu_sampling") else [])


def options_of(setting: Mapping[str, Any]) -> str:
    """What it needs of the server's command line, beside slots and context."""
    options = [f" -ctk {kind} -ctv {kind}"] if (kind := setting.get("kv_cache", "f16")) != "f16" else []
    if setting.get("flash_attention", "auto") != "auto":
        options.append(f" -fa {setting['flash_attention']}")
    if tokens := setting.get("batch_tokens"):
        options.append(f" -b {tokens} -ub {tokens}")
    if threads := setting.get("threads"):
        options.append(f" -t {threads}")
    return "".join(options)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for what was measured")
    parser.add_argument("--server", required=True, help="llama-server")
    parser.add_argument("--model", required=True, help="its GGUF")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--tune-min", type=float, default=6)
    parser.add_argument("--window-s", type=float, default=90)
    parser.add_argument("--warm-up-s", type=float, default=30, help="at most")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--rest-s", type=float, default=10)
    parser.add_argument("--settle-s", type=float, default=5)
    return parser.parse_args()


def main() -> int:
    given = parse_arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    return Proof(given).run()


if __name__ == "__main__":
    sys.exit(main())
