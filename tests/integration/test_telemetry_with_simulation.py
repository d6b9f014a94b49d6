# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The whole chain: clients, green-proxy, a simulated model server and GPU, and the receipts of it all."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from green_common.gpu.simulated import SimulatedDriver
from integration.telemetry_rig import (
    Entry,
    Program,
    Simulation,
    free_port,
    program,
    simulation,
    telemetry,
    wait_until,
)

QUIET_S = 3.0


@dataclass
class Chain:
    """Everything that runs, with a second reader of the counter."""

    sim: Simulation
    daemon: Program
    url: str
    counter: SimulatedDriver

    def chat(self, prompt: str) -> None:
        self.sim.chat(prompt, at=self.url)

    def chat_together(self, clients: int) -> None:
        """So many chats at once, to their end."""
        prompts = [f"{number} " + "word " * 300 for number in range(clients)]
        chats = [threading.Thread(target=self.chat, args=(prompt,)) for prompt in prompts]
        for chat in chats:
            chat.start()
        for chat in chats:
            chat.join()

    def receipts_of(self, work: Callable[[], None], count: int) -> list[Entry]:
        """The receipts that some work brings."""
        before = len(self.daemon.entries("receipt"))
        work()
        return self.daemon.wait_for("receipt", before + count)[before:]

    def counter_j(self) -> float:
        return self.counter.open_gpus()[0].read_energy_j()

    def true_j(self, receipt: Entry) -> float:
        """True joules above the baseline of a receipt's request."""
        (truth,) = [job for job in self.sim.truth() if job["request_id"] == receipt["request"]]
        return float(truth["prefill_j"] + truth["decode_j"] - truth["baseline_j"])


@contextlib.contextmanager
def running_chain(folder: Path) -> Iterator[Chain]:
    """The chain with the model resident and the baseline learned."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with simulation(folder, "--parallel", "4", "--load-s", "0.5", "--answer-tokens", "200-300") as sim:
        sim.chat("load the model")
        environ = {"GREEN_PROXY_UPSTREAM": sim.url, "GREEN_PROXY_LISTEN": f"127.0.0.1:{port}"}
        counter = SimulatedDriver(str(folder / "gpu.sock"))
        with program("green_proxy", folder, **environ), telemetry(folder) as daemon, counter:
            daemon.wait_for("feed.connected")
            time.sleep(QUIET_S)
            yield Chain(sim, daemon, url, counter)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """One chain for all tests that leave it as it was."""
    with running_chain(tmp_path_factory.mktemp("chain")) as running:
        yield running


def test_a_receipt_alone_is_true_within_5_percent(chain: Chain) -> None:
    """Against the simulation's own count of that request's joules."""
    (receipt,) = chain.receipts_of(lambda: chain.chat("word " * 400), 1)

    assert receipt["energy_j"] == pytest.approx(chain.true_j(receipt), rel=0.05)
    assert receipt["energy_prefill_j"] + receipt["energy_decode_j"] > 0.98 * receipt["energy_j"]
    assert not receipt["baseline_provisional"]


def test_the_books_balance_under_load(tmp_path: Path) -> None:
    """Receipts, baseline and unattributed are the counter's difference, as another reader sees it too."""
    with running_chain(tmp_path) as chain:
        before_j = chain.counter_j()
        receipts = chain.receipts_of(lambda: chain.chat_together(8), 8)
        chain.daemon.stop()
        after_j = chain.counter_j()

    windows = chain.daemon.entries("window")
    first_j, last_j = windows[0]["counter_first_j"], windows[-1]["counter_last_j"]
    receipts_j = sum(receipt["energy_j"] for receipt in receipts)
    baseline_j = sum(window["baseline_j"] for window in windows)
    unattributed_j = sum(window["unattributed_j"] for window in windows)
    assert receipts_j + baseline_j + unattributed_j == pytest.approx(last_j - first_j, abs=0.1)
    assert first_j <= before_j
    assert last_j <= after_j
    assert after_j - last_j < 100.0
    assert abs(unattributed_j) < 0.05 * (last_j - first_j)


def test_receipts_of_a_batch_are_true_in_the_mean(chain: Chain) -> None:
    """Four at a time: within 10 % in the mean, within 2 % in the sum."""
    receipts = chain.receipts_of(lambda: chain.chat_together(4), 4)

    true_j = [chain.true_j(receipt) for receipt in receipts]
    errors = [abs(receipt["energy_j"] / true - 1) for receipt, true in zip(receipts, true_j, strict=True)]
    assert sum(errors) / len(errors) < 0.10
    assert sum(receipt["energy_j"] for receipt in receipts) == pytest.approx(sum(true_j), rel=0.02)
    assert max(receipt["shared"] for receipt in receipts) == 3


def test_a_client_that_leaves_gets_a_receipt(chain: Chain) -> None:
    """With the energy of the work that was thrown away."""

    def leave() -> None:
        body = {"model": "qwen3:32b", "messages": [{"role": "user", "content": "word " * 50}]}
        with httpx.stream("POST", f"{chain.url}/api/chat", json=body) as response:
            # The iterator is kept: its end would close the connection at once.
            lines = response.iter_lines()
            next(lines)
            time.sleep(1.0)

    (receipt,) = chain.receipts_of(leave, 1)

    wait_until(lambda: chain.sim.truth()[-1]["stage"] == "cancelled", "end of the generation")
    assert receipt["outcome"] == "cancelled"
    assert receipt["energy_j"] == pytest.approx(chain.true_j(receipt), rel=0.10)
