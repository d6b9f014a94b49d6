#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Before and after on one GPU: what a rest would save, what tune chooses, and pairs of bench.

Reads the GPU only. 'Before' is llama-server in its default setting, asked directly; 'after' is what
`green-qwen tune` chose, through green-proxy with all shaping on. Steps are run in the order in which they are
named, each into files of its own in OUT, so that a machine that is lent for minutes can do them one by one;
`green-qwen bench --join` makes one result of the pairs.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from rig import Rig, free_port

from green_qwen.tune.servers.environment import llama_environment
from green_qwen.tune.setting import Setting, setting_from, words_of

HERE = Path(__file__).parent
FIELDS = '{"ignore_eos": true, "cache_prompt": false}'
SERVER_WITHIN_S = 120.0
# The model's own context, which is what servers take where nothing is said.
DEFAULT = Setting(context_tokens=40960)
SEED = 6


class Proof:
    """Its steps; each is a process of its own."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given, self._out = given, given.out
        self._began_s = time.monotonic()

    def run(self, step: str) -> None:
        """Raises CalledProcessError, RigError where a step fails."""
        if step == "rests":
            with Rig(self._out) as rig:
                self._rests(rig)
        elif step == "tune":
            self._tune()
        else:
            self._pair(int(step), self._chosen())

    def _rests(self, rig: Rig) -> None:
        """Without a model, with one as the driver has it, and with one without the driver's boost."""
        self._measure("bare")
        for name, setting in (("resident", DEFAULT), ("resident, no boost", DEFAULT.but(perf_boost=False))):
            port = free_port()
            rig.start("rest-server.log", [*self._server(setting), "--port", str(port)])
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

    def _tune(self) -> None:
        command = [
            *(sys.executable, str(HERE / "tune.py"), str(self._out / "tuned")),
            *("--server", self._given.server, "--model", self._given.model),
            *("--budget", str(self._given.tune_min), "--clients", str(self._given.clients)),
            *("--context", "8192", "--warm-up-s", "6", "--window-s", "8"),
        ]
        subprocess.run(command, check=True)
        self._say(f"tune chose {words_of(self._chosen())}")

    def _chosen(self) -> Setting:
        lines = (self._out / "tuned" / "findings.jsonl").read_text().splitlines()
        return setting_from(json.loads(lines[-1])["chosen"])

    def _pair(self, number: int, setting: Setting) -> None:
        environ = {**os.environ, "GREEN_SHAPING_SLOTS": str(setting.slots)}
        before = shlex.join(self._server(DEFAULT)) + " --port {port}"
        after = shlex.join(self._server(setting)) + " --port {port}"
        command = [
            *(sys.executable, "-m", "green_qwen", "bench", "--yes"),
            *("--before-command", before, "--after-command", after),
            *("--api", "openai", "--letters", "--fields", FIELDS, "--model", self._given.model),
            *("--clients", str(self._given.clients), "--window-s", str(self._given.window_s)),
            *("--pairs", "1", "--seed", str(SEED + number), "--rest-s", str(self._given.rest_s)),
            *("--warm-up-most-s", str(self._given.warm_up_s), "--out", str(self._out / f"pair{number}")),
        ]
        subprocess.run(command, env=environ, check=True)

    def _server(self, setting: Setting) -> list[str]:
        variables = [f"{name}={value}" for name, value in llama_environment(setting).items()]
        always = ["-ngl", "99", "--host", "127.0.0.1", "--no-webui"]
        return ["env", *variables, self._given.server, "-m", self._given.model, *always]

    def _say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began_s:.0f} s] {text}", flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for what was measured")
    parser.add_argument("steps", nargs="+", help="'rests', 'tune', or the number of a pair, as '1 2 3'")
    parser.add_argument("--server", required=True, help="llama-server")
    parser.add_argument("--model", required=True, help="its GGUF")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--tune-min", type=float, default=6)
    parser.add_argument("--window-s", type=float, default=90)
    parser.add_argument("--warm-up-s", type=float, default=30, help="at most")
    parser.add_argument("--rest-s", type=float, default=10)
    parser.add_argument("--settle-s", type=float, default=5)
    return parser.parse_args()


def main() -> None:
    given = parse_arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    proof = Proof(given)
    for step in given.steps:
        proof.run(step)


if __name__ == "__main__":
    main()
