# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is written to the journal, and how much of it."""

from __future__ import annotations

import dataclasses
import json
import math
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from green_common.config import TelemetryConfig
from green_common.gpu import GpuLostError
from green_telemetry.alerts.alarm import Alarm
from green_telemetry.audit import Audit
from green_telemetry.audit.audit import ALERTS
from green_telemetry.audit.changes import ClockChange, PhaseChange
from green_telemetry.books import Books
from green_telemetry.meter import Meter
from green_telemetry.receipt import Receipt
from green_telemetry.sampler import Sample, Sampler
from green_telemetry.window import MEASURES, Window
from unit.green_telemetry.audit.recorder import Recorder

MANUAL = Path(__file__).parents[4] / "docs" / "man" / "green-telemetry.8.scd"
DAY_S = 86_400
RECEIPT = Receipt(
    request="01j9m4k2c8v5t0x7q3n6r1s2w4",
    generation="01j9m4k2c8v5t0x7q3n6r1s2w5",
    model="qwen3:32b",
    outcome="finished",
    reason=None,
    gpu_uuids=("GPU-5e3b1c2a-1d2e-4f5a-8b9c-0d1e2f3a4b5c",),
    energy_j=512.3456,
    energy_queued_j=0.0,
    energy_loading_j=0.0,
    energy_prefill_j=96.0123,
    energy_decode_j=416.3333,
    uncertainty_j=25.5,
    baseline_share_j=87.7,
    baseline_provisional=False,
    prompt_tokens=400,
    output_tokens=58,
    tokens_counted=False,
    duration_s=1.234567,
    tokens_per_s=82.857142,
    tokens_per_s_per_w=0.0966667,
    shared=3,
    requests=1,
    partial=False,
    method="counter",
    simulated=False,
    client="alice",
    cached_tokens=128,
    ended_at=1795489569.688,
)


class Desk:
    """An audit with a clock of the test's own."""

    def __init__(self, gpu: Any, **settings: Any) -> None:
        self.now_s = 0.0
        self.log = Recorder()
        config = TelemetryConfig(**settings)
        self.audit = Audit(self.log, simulated=False, config=config, clock=lambda: self.now_s)  # type: ignore[arg-type]
        self.meter = Meter(Sampler(gpu), Books(700.0, integrate=False))

    def receipts(self) -> list[dict[str, Any]]:
        """As whoever reads the journal back finds them."""
        found: list[dict[str, Any]] = []
        for entry in self.log.entries:
            one, several = entry.get("GREEN_RECEIPT"), entry.get("GREEN_RECEIPTS")
            found += [json.loads(one)] if one else json.loads(several or "[]")
        return found


@pytest.fixture
def desk(gpu: Any) -> Desk:
    return Desk(gpu)


def window(number: int, seconds: float = 60.0) -> Window:
    """A busy one, with figures that compress as badly as figures can."""
    chance = random.Random(number)
    made = Window(number * 60.0 + chance.random(), number * 30_000.0 + chance.random())
    for _ in range(2):
        values = {source: 100 * chance.random() for _, _, source in MEASURES}
        made.add_sample(Sample(0.0, 0.0, memory_used_bytes=chance.randrange(10**11), **values))  # type: ignore[arg-type]
    made.generations_ended = 1 + chance.randrange(99)
    made.baseline_j, made.unattributed_j = 7000 * chance.random(), 100 * chance.random()
    made.phases_j = {phase: 9000 * chance.random() for phase in made.phases_j}
    made.close(made.first_s + seconds, made.first_j + 30_000 * chance.random())
    return made


def test_a_receipt_has_few_fields_to_search_for_and_all_in_one(desk: Desk) -> None:
    """What is not known is left out."""
    desk.audit.receipt(RECEIPT)

    (entry,) = desk.log.entries
    assert {name for name in entry if name.startswith("GREEN_")} == {
        "GREEN_EVENT",
        "GREEN_REQUEST",
        "GREEN_CLIENT",
        "GREEN_MODEL",
        "GREEN_OUTCOME",
        "GREEN_ENERGY_J",
        "GREEN_RECEIPT",
    }
    told = json.loads(entry["GREEN_RECEIPT"])
    assert (entry["GREEN_ENERGY_J"], told["energy_j"]) == ("512.346", 512.346)
    assert (told["tokens_per_s"], told["partial"]) == (82.86, False)
    assert "reason" not in told and "thrown_away" not in told
    assert set(told) <= {field.name for field in dataclasses.fields(Receipt)}
    assert entry["MESSAGE"] == RECEIPT.say


def test_a_feed_that_lies_gets_short_and_printable_texts(desk: Desk) -> None:
    """And its receipt stays under 2 kB of journal."""
    chance = random.Random(1)

    def lie() -> str:
        return "".join(chr(chance.randrange(1, 127)) for _ in range(200))

    desk.audit.receipt(RECEIPT)
    before = desk.log.total_bytes
    lies = dataclasses.replace(RECEIPT, request=lie(), generation=lie(), model=lie(), client=lie())
    desk.audit.receipt(dataclasses.replace(lies, outcome="cancelled", reason=lie(), thrown_away=lie()))

    entry = desk.log.entries[-1]
    assert all(value.isprintable() for value in entry.values())
    assert len(json.loads(entry["GREEN_RECEIPT"])["client"].encode()) <= 128
    assert desk.log.total_bytes - before < 2000


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 10**6)), max_size=80), st.floats(0.0, 20.0))
def test_the_sum_of_receipts_is_in_the_journal_alone(
    coming: list[tuple[float, int]], gather_above_per_s: float
) -> None:
    """To the millijoule, one by one or gathered, once it was stopped; entries stay small."""
    desk = Desk(None, gather_above_per_s=gather_above_per_s)
    for pause_s, millijoules in coming:
        desk.now_s += pause_s
        desk.audit.flush(desk.now_s)
        desk.audit.receipt(dataclasses.replace(RECEIPT, energy_j=millijoules / 1000))
    desk.audit.flush(math.inf)

    whole_mj = sum(round(1000 * receipt["energy_j"]) for receipt in desk.receipts())
    assert whole_mj == sum(millijoules for _, millijoules in coming)
    assert len(desk.receipts()) == len(coming)
    for entry in desk.log.entries:
        assert sum(len(f"{name}={value}\n".encode()) for name, value in entry.items()) <= 16_384


def test_gathered_receipts_take_a_fifth(desk: Desk) -> None:
    """Of the journal, each of them."""
    for number in range(200):
        desk.now_s += 0.01
        desk.audit.receipt(dataclasses.replace(RECEIPT, request=f"r{number}", energy_j=number * 1.234))
    desk.audit.flush(math.inf)

    gathered = sum(json.loads(entry["GREEN_COUNT"]) for entry in desk.log.of("receipts"))
    assert gathered == 195
    assert desk.log.bytes["receipts"] / gathered < 400
    assert desk.log.of("receipts")[0]["MESSAGE"].split(":")[0].endswith(" receipts of one client")


def test_a_window_can_be_added_up_by_an_auditor(desk: Desk) -> None:
    """Readings, accounts, and what receipts were written; estimates only where they are set."""
    desk.audit.receipt(RECEIPT)
    desk.audit.window(desk.meter, window(1), {"feed": "connected"})

    told = json.loads(desk.log.of("window")[0]["GREEN_WINDOW"])
    accounts_j = told["baseline_j"] + told["generations_j"] + told["unattributed_j"]
    assert accounts_j == pytest.approx(told["counter_last_j"] - told["counter_first_j"], abs=0.001)
    assert (told["receipts_total"], told["receipts_total_j"]) == (1, 512.346)
    assert not [name for name in told if "estimate" in name]


def test_estimates_are_written_where_they_are_set(gpu: Any) -> None:
    """With a name that says what they are."""
    desk = Desk(gpu, price_per_kwh=0.3, carbon_g_per_kwh=400.0)

    desk.audit.window(desk.meter, window(1), {"feed": "connected"})

    told = json.loads(desk.log.of("window")[0]["GREEN_WINDOW"])
    assert told["cost_estimate"] == pytest.approx(told["energy_j"] / 3.6e6 * 0.3, rel=1e-3)
    assert {name for name in told if "estimate" in name} == {
        "wall_kwh_estimate",
        "cost_estimate",
        "carbon_g_estimate",
    }


def test_an_alert_that_was_withheld_has_no_end(desk: Desk) -> None:
    """Each beginning that was written has one."""
    for _ in range(5):
        desk.audit.alert_begun("alert.bypass", "bypass", "a client goes round.", {"power_w": 1.0}, desk.meter)
        desk.audit.alert_over("bypass", 10.0, desk.meter)

    assert len(desk.log.of("alert.bypass")) == len(desk.log.of("alert.over")) == 2
    assert desk.log.of("alert.bypass")[0]["PRIORITY"] == "4"
    assert desk.log.of("alert.over")[0]["GREEN_ALERT"] == "bypass"


def test_the_worst_day_stays_under_2_mb_beside_the_receipts(gpu: Any) -> None:
    """Load all day, every alert again and again, clocks and phases that jump, a feed and a GPU that flap."""
    desk = Desk(gpu)
    alarms = {event: Alarm(0.0, 0.0) for event in ALERTS}
    for second in range(0, DAY_S, 20):
        desk.now_s = float(second)
        worst_twenty_seconds(desk, second, alarms)
    desk.audit.flush(math.inf)

    assert desk.log.total_bytes < 2_000_000, desk.log.bytes
    windows = [json.loads(entry["GREEN_WINDOW"]) for entry in desk.log.of("window")]
    assert sum(one.get("windows", 1) for one in windows) == DAY_S / 20
    withheld = sum(int(entry.get("GREEN_WITHHELD", 0)) for entry in desk.log.of("feed.gap"))
    assert withheld > 3000


def worst_twenty_seconds(desk: Desk, second: int, alarms: dict[str, Alarm]) -> None:
    audit, chance = desk.audit, random.Random(second)
    gap = Sample(desk.now_s, desk.now_s, counter_j=1e6 * chance.random())
    audit.window(desk.meter, window(second // 20, 20.0), {"feed": "connected"})
    audit.lost(desk.meter, GpuLostError(f"GPU 0 is lost {chance.random()}"))
    audit.found(desk.meter, "580.159")
    audit.gap(desk.meter, desk.now_s - chance.random(), chance.random() * 1e6, gap)
    audit.unfollowed(chance.randrange(10**6))
    audit.journal_full("/var/log/journal", chance.randrange(10**7))
    for event in ("feed.connected", "feed.absent", "feed.lost", "feed.refused", "feed.gap"):
        audit.restrained.warning(event, say=f"the feed: {chance.random()} {'x' * 100}")
    seconds = {"idle": 1000 * chance.random(), "decode": 1000 * chance.random()}
    audit.phase(PhaseChange("decode", "idle", desk.now_s, chance.randrange(10**4), seconds), desk.now_s)
    clocks = chance.randrange(2000), chance.randrange(2000)
    audit.clock(desk.meter, ClockChange(*clocks, desk.now_s, chance.randrange(10**4)), 4)
    for event, alarm in alarms.items():
        topic = event.partition(".")[2]
        turn = alarm.observe(not alarm.stands, desk.now_s)
        if turn == "begun":
            figures = {"power_w": 500 * chance.random(), "limit_w": 240.0}
            audit.alert_begun(event, topic, f"{chance.random()} {'advice ' * 40}", figures, desk.meter)
        else:
            audit.alert_over(topic, 1000 * chance.random(), desk.meter)


def recorded(gpu: Any) -> list[str]:
    """What journalctl -o json prints: some receipts by themselves, and some gathered."""
    desk = Desk(gpu, gather_above_per_s=2.0)
    for number in range(10):
        client = ("alice", "bob", None)[number % 3]
        desk.audit.receipt(dataclasses.replace(RECEIPT, client=client, energy_j=100.0 + number))
    desk.audit.receipt(dataclasses.replace(RECEIPT, client="alice", energy_j=None))
    desk.audit.flush(math.inf)
    assert {entry["GREEN_EVENT"] for entry in desk.log.entries} == {"receipt", "receipts"}
    return [json.dumps(entry) for entry in desk.log.entries]


@pytest.mark.parametrize("tool", ["python3", "jq"])
def test_the_manuals_commands_add_up_joules_by_client(gpu: Any, tool: str) -> None:
    """As they stand in green-telemetry(8), on both forms."""
    if not shutil.which(tool):
        pytest.skip(f"no {tool} here")
    page = MANUAL.read_text().partition("# WHICH CLIENT USED")[2]
    blocks = re.findall(r"```\n(.*?)```", page, re.DOTALL)
    (command,) = [block for block in blocks if f"|\n{tool} " in block]
    # scdoc would take backslashes away.
    assert "\\" not in command
    shell = command.partition("|\n")[2].replace("python3", sys.executable)

    done = subprocess.run(
        ["/bin/sh", "-c", shell], input="\n".join(recorded(gpu)), capture_output=True, text=True, check=True
    )

    rows = [line.split() for line in done.stdout.splitlines()]
    sums = {client: (float(joules), int(count)) for joules, count, client in rows}
    assert sums == {"alice": (418.0, 5), "bob": (312.0, 3), "-": (315.0, 3)}
