#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Whether the right request gets the joules, on a real GPU, and what green-telemetry takes for itself.

Alone: requests of 3 s and more, one after the other with rest between. Equal: sixteen of the same size at
once. Twice: sixteen clients, each with the same number of tokens to get, fifteen of them in three answers,
one in an answer of twice the length and then one more, so that the batch stays full while the long one runs;
its decode joules are held against the mean of the first two answers of the fifteen. Mixed: load.py's load.
Before it all the GPU at rest, without and with green-telemetry in turn.

An independent reader of the energy counter runs beside all of it, and recorder.py writes down what replay.py
needs to divide the same joules again. Nothing here writes to the GPU. Expects green-qwen's packages on
PYTHONPATH.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import audit
import httpx
from asked import Asked, question
from figures import Part
from load import Question, ask, questions, request_body
from proof import ALONE, EQUAL, INSIDE, LONG, MIXED, TWICE, Evidence, Proof, receipts_of
from rig import Rig, free_port
from upkeep import Stretch, added_w, begun_on_machine, read_usage, upkeep_table
from witness import Witness, witnesses_of

HERE = Path(__file__).parent
SERVER_WITHIN_S, DAEMON_WITHIN_S = 240.0, 30.0
# The baseline is learned from 15 s of rest at most.
LEARNING_S, REST_S, LAST_READING_S = 10.0, 3.0, 2.5
# After the warm-up an H100 still fell by more than a watt within 30 s.
COOLING_S = 20.0
# A daemon's start, and what it draws the last time, belong to no comparison.
STARTING_S = 2.0
WITNESS_EVERY_S = 0.5
TOGETHER = 16
SWITCHES = ("pin", "cap", "merge", "trim", "admit")
TELEMETRY, PROXY, SERVER, RECORDER = "telemetry.jsonl", "proxy.jsonl", "server.log", "recorder.log"

# Prompt and output tokens; 3 s and more each at 80 tokens/s.
LONELY = ((100, 256), (1000, 256), (200, 400), (3000, 256), (100, 512), (2000, 320))
EQUALS = ((200, 128), (1000, 96))
SHORT_ANSWER, PROMPT = 96, 200


@dataclass(frozen=True, slots=True)
class Load:
    """Requests that belong together, and how they are made."""

    name: str
    make: Callable[[httpx.AsyncClient], Awaitable[list[Asked]]]


class Loads:
    """The loads of the measurement, all from fixed seeds."""

    def __init__(self, model: str, mixed_s: float) -> None:
        self._model = model
        self._mixed_s = mixed_s

    def all(self) -> Iterator[Load]:
        yield Load(ALONE, self._alone)
        for number, (prompt, output) in enumerate(EQUALS):
            yield Load(f"{EQUAL} {prompt} + {output}", self._equal(f"equal {number}", prompt, output))
        yield Load(TWICE, self._twice)
        for clients in (4, TOGETHER):
            yield Load(f"{MIXED}, {clients} clients", self._mixed(clients))

    async def warm_up(self, client: httpx.AsyncClient) -> None:
        """A server's first requests compile and allocate, for each size of batch anew."""
        await ask(client, request_body(question("warm", 1500, 16), self._model), 1)
        await self._at_once(client, "", [question(f"warm {number}", 50, 16) for number in range(TOGETHER)])

    async def _alone(self, client: httpx.AsyncClient) -> list[Asked]:
        asked: list[Asked] = []
        for number, (prompt, output) in enumerate(LONELY):
            if asked:
                await asyncio.sleep(REST_S)
            body = request_body(question(f"alone {number}", prompt, output), self._model)
            asked.append(Asked(ALONE, "", await ask(client, body, 1)))
        return asked

    def _equal(
        self, seed: str, prompt: int, output: int
    ) -> Callable[[httpx.AsyncClient], Awaitable[list[Asked]]]:
        async def make(client: httpx.AsyncClient) -> list[Asked]:
            those = [question(f"{seed} {number}", prompt, output) for number in range(TOGETHER)]
            return await self._at_once(client, f"{EQUAL} {prompt} + {output}", those)

        return make

    async def _at_once(self, client: httpx.AsyncClient, part: str, those: Sequence[Question]) -> list[Asked]:
        bodies = [request_body(one, self._model) for one in those]
        answers = await asyncio.gather(*(ask(client, body, len(bodies)) for body in bodies))
        return [Asked(part, "", answered) for answered in answers]

    async def _twice(self, client: httpx.AsyncClient) -> list[Asked]:
        async def talk(number: int, roles: Sequence[str]) -> list[Asked]:
            asked = []
            for turn, role in enumerate(roles):
                length = 2 * SHORT_ANSWER if role == LONG else SHORT_ANSWER
                one = question(f"twice {number} {turn}", PROMPT, length)
                answered = await ask(client, request_body(one, self._model), TOGETHER)
                asked.append(Asked(TWICE, role, answered))
            return asked

        clients = [talk(0, (LONG, "")), *(talk(n, (INSIDE, INSIDE, "")) for n in range(1, TOGETHER))]
        return [one for asked in await asyncio.gather(*clients) for one in asked]

    def _mixed(self, clients: int) -> Callable[[httpx.AsyncClient], Awaitable[list[Asked]]]:
        async def make(client: httpx.AsyncClient) -> list[Asked]:
            stop_at_s = time.monotonic() + self._mixed_s

            async def talk(number: int) -> list[Asked]:
                asked = []
                for one in questions(f"mixed {clients} {number}"):
                    if time.monotonic() >= stop_at_s:
                        break
                    answered = await ask(client, request_body(one, self._model), clients)
                    asked.append(Asked(f"{MIXED}, {clients} clients", "", answered))
                return asked

            return [one for asked in await asyncio.gather(*map(talk, range(clients))) for one in asked]

        return make


class Measurement:
    """The sequence of one run, and where its files are."""

    def __init__(self, given: argparse.Namespace, rig: Rig) -> None:
        self._given = given
        self._rig = rig
        self._began_s = time.monotonic()
        self._loads = Loads(given.model_name, given.mixed_s)
        self._server_port = free_port()
        self._upstream = given.upstream or f"http://127.0.0.1:{self._server_port}"
        self._environ = self._settings()
        self.parts: list[Part] = []
        self.stretches: list[Stretch] = []
        self.asked: list[Asked] = []

    def run(self) -> None:
        """Rest without and with green-telemetry, then the loads; leaves its last window written."""
        every = ["--every-s", str(WITNESS_EVERY_S)]
        self._rig.start("witness.log", [sys.executable, str(HERE / "counter.py"), *every, str(self.witness)])
        self._start_daemon(PROXY, "green_proxy")
        self._rig.start("footprint.log", [sys.executable, str(HERE / "footprint.py")])
        self._rig.wait("footprint.log")
        if "bare" in self._given.idle:
            self._compare_rest("no context on the GPU")
        if not self._given.upstream:
            self._start_server()
        asyncio.run(self._warm_up())
        if "resident" in self._given.idle:
            time.sleep(COOLING_S)
            self._compare_rest("model resident")
        self._start_daemon(TELEMETRY, "green_telemetry")
        feed = self._environ["GREEN_FEED_SOCKET"]
        recorder = [sys.executable, str(HERE / "recorder.py"), feed, str(self._rig.output("recording.jsonl"))]
        self._rig.start(RECORDER, recorder)
        self._rig.wait_for_line(RECORDER, "recording", DAEMON_WITHIN_S)
        time.sleep(LEARNING_S)
        for load in self._loads.all():
            self._load(load)
        self._rig.stop(TELEMETRY)
        self._rig.stop(RECORDER)
        time.sleep(LAST_READING_S)

    @property
    def witness(self) -> Path:
        return self._rig.output("witness.jsonl")

    def _settings(self) -> dict[str, str]:
        """What the daemons need here; no step of shaping is on, and each receipt gets its own line."""
        folder = Path(self._given.run_folder)
        folder.mkdir(parents=True, exist_ok=True)
        return {
            "GREEN_PROXY_LISTEN": f"127.0.0.1:{free_port()}",
            "GREEN_PROXY_GATEWAY": "",
            "GREEN_PROXY_UPSTREAM": self._upstream,
            "GREEN_TELEMETRY_LISTEN": f"127.0.0.1:{free_port()}",
            "GREEN_TELEMETRY_LIVE_SOCKET": str(folder / "live.sock"),
            "GREEN_TELEMETRY_STATE": str(folder),
            "GREEN_TELEMETRY_GATHER_ABOVE_PER_S": "10000",
            "GREEN_FEED_SOCKET": str(folder / "activity.sock"),
            "GREEN_LOG_FORMAT": "json",
            **{f"GREEN_SHAPING_{name.upper()}": "false" for name in SWITCHES},
        }

    def _start_daemon(self, name: str, package: str) -> None:
        self._rig.start(name, [sys.executable, "-m", package], self._environ)
        self._rig.wait_for_line(name, '"daemon.ready"', DAEMON_WITHIN_S)

    def _start_server(self) -> None:
        address = ["--host", "127.0.0.1", "--port", str(self._server_port)]
        command = [self._given.server, "-m", self._given.model, *address]
        self._rig.start(SERVER, [*command, *shlex.split(self._given.server_options)])
        self._rig.wait_for_http(SERVER, f"{self._upstream}/health", SERVER_WITHIN_S)
        self._say("the model server is up")

    async def _warm_up(self) -> None:
        async with _client(self._upstream) as client:
            await self._loads.warm_up(client)

    def _compare_rest(self, state: str) -> None:
        """Without, with, without, with, and once more without."""
        for turn in range(5):
            runs = turn % 2 == 1
            if runs:
                self._start_daemon("idle-telemetry.jsonl", "green_telemetry")
            time.sleep(STARTING_S)
            self._watch(state, "idle-telemetry.jsonl" if runs else None, self._rest)
            if runs:
                self._rig.stop("idle-telemetry.jsonl")
        self._say(f"{state}: compared")

    def _rest(self) -> None:
        time.sleep(self._given.idle_s)
        self._rig.check()

    def _watch(self, state: str, daemon: str | None, live: Callable[[], None]) -> None:
        """What the daemon takes meanwhile."""
        pid = self._rig.pid(daemon) if daemon else None
        before, begun, start_s = read_usage(pid) if pid else None, begun_on_machine(), time.monotonic()
        live()
        end_s = time.monotonic()
        after = read_usage(pid) if pid else None
        self.stretches.append(Stretch(state, start_s, end_s, before, after, begun_on_machine() - begun))
        self._append("stretches.jsonl", json.dumps(asdict(self.stretches[-1])))

    def _load(self, load: Load) -> None:
        start_s = time.monotonic()
        time.sleep(REST_S)
        self._watch(load.name, TELEMETRY, lambda: self._make(load))
        time.sleep(REST_S)
        self._rig.check()
        self.parts.append(Part(load.name, start_s, time.monotonic()))
        self._append("parts.jsonl", json.dumps(asdict(self.parts[-1])))
        self._say(f"{load.name} is over")

    def _make(self, load: Load) -> None:
        asked = asyncio.run(self._ask(load))
        for one in asked:
            self._append("requests.jsonl", one.line())
        self.asked += asked

    async def _ask(self, load: Load) -> list[Asked]:
        async with _client(f"http://{self._environ['GREEN_PROXY_LISTEN']}") as client:
            return await load.make(client)

    def _append(self, name: str, line: str) -> None:
        with self._rig.output(name).open("a") as lines:
            lines.write(line + "\n")

    def _say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began_s:.0f} s] {text}", flush=True)


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=600, limits=httpx.Limits(max_connections=None))


def shares_report(
    entries: Sequence[dict[str, object]], parts: Sequence[Part], asked: Sequence[Asked], witness: Witness
) -> tuple[str, bool]:
    """The proof's tables and the audit's, from green-telemetry's entries; False where a claim fails."""
    proof = Proof(Evidence(parts, asked, receipts_of(entries), witness))
    requests, _ = audit.requests_of(entries, [asdict(one.answered) for one in asked])
    audited, _ = audit.report(audit.windows_of(entries), requests, witness)
    lines = "\n".join(proof.lines())
    return f"{lines}\n\n{audited}", not proof.failures


def report(measurement: Measurement, folder: Path) -> tuple[str, bool]:
    entries = audit.entries_of(folder / TELEMETRY)
    lines = [time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())]
    lines += [str(entry["say"]) for entry in entries if entry["event"] == "gpu.found"]
    whole = True
    for gpu, witness in witnesses_of(measurement.witness.read_text().splitlines()).items():
        text, holds = shares_report(entries, measurement.parts, measurement.asked, witness)
        whole &= holds
        lines += [gpu, "", text, "", *upkeep_table(measurement.stretches, witness), ""]
        lines += idle_lines(measurement.stretches, witness)
    lines += ["", (folder / "footprint.log").read_text()]
    return "\n".join(lines), whole


def idle_lines(stretches: Sequence[Stretch], witness: Witness) -> Iterator[str]:
    for state in ("no context on the GPU", "model resident"):
        those = [one for one in stretches if one.state == state]
        if those:
            watts, spread_w = added_w(those, witness)
            yield f"{state}: green-telemetry adds {watts:+.2f} W, spread {spread_w:.2f} W"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for what was measured")
    parser.add_argument("--server", help="llama-server, started for the measurement")
    parser.add_argument("--model", help="its GGUF")
    parser.add_argument(
        "--server-options",
        default="-ngl 99 -fa on -np 16 -c 131072 --jinja --cache-ram 0",
        help="as one argument",
    )
    parser.add_argument("--upstream", help="a server that runs already, instead of --server and --model")
    parser.add_argument("--model-name", default="qwen3-32b-random", help="the name that requests carry")
    parser.add_argument(
        "--mixed-s", type=float, default=15, help="no new request of the mixed load after this"
    )
    parser.add_argument("--idle", nargs="*", choices=["bare", "resident"], default=["bare", "resident"])
    parser.add_argument("--idle-s", type=float, default=20, help="of each stretch without or with the daemon")
    parser.add_argument("--run-folder", default="/tmp/green-bench", help="for sockets and state")  # noqa: S108
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
    text, holds = report(measurement, given.out)
    (given.out / "report.md").write_text(text)
    print(text)
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
