# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The page over the journal, whose entries the test decides."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Route, expect

from browser.conftest import Opens

HOSTILE = "<img src=x onerror=alert(1)>"


def entries(now_s: float) -> Iterator[dict[str, Any]]:
    """Two windows and three receipts of the last minutes."""
    for back_s in (120, 60):
        yield {
            "event": "window",
            "at_s": now_s - back_s,
            "duration_s": 60,
            "gpu_uuid": "GPU-1",
            "simulated": True,
            "energy_j": 1_800_000.0,
            "baseline_j": 1_000_000.0,
            "prefill_j": 300_000.0,
            "decode_j": 500_000.0,
            "counter_last_j": 0.0,
        }
    for number, (client, energy_j) in enumerate((("anna", 100.0), ("bert", 900.0), (HOSTILE, 300.0))):
        yield {
            "event": "receipt",
            "at_s": now_s - 50 + number,
            "ended_at": now_s - 50 + number,
            "client": client,
            "request": f"01k000000000000000000000{number:02}",
            "model": "qwen3:32b",
            "outcome": "finished",
            "energy_j": energy_j,
            "uncertainty_j": 5.0,
            "baseline_share_j": 0.0,
            "output_tokens": 100,
            "duration_s": 2.0,
            "simulated": True,
        }


def with_journal(opens: Opens, status: int = 200) -> Any:
    """The history page where the journal holds these entries, or can't be read."""
    visit = opens("#chat")

    def answer(route: Route) -> None:
        lines = "\n".join(map(json.dumps, entries(time.time())))
        refusal = json.dumps({"error": "there is no journalctl, so no history"})
        route.fulfill(status=status, body=f"{lines}\n" if status == 200 else refusal)

    visit.page.route("**/-/history?*", answer)
    visit.go("#history")
    return visit.page


def test_energy_by_the_hour_and_what_was_got_for_it(opens: Opens) -> None:
    """Sums of windows, in words as well as in colours; tokens by the joules of their answers."""
    page = with_journal(opens)

    energy = page.get_by_label("Energy", exact=True)
    expect(energy.locator(".big")).to_have_text("1 kWh")
    expect(energy).to_contain_text("for 3 requests, 0.231 tokens/J")
    parts = [energy.get_by_role("img").nth(place).get_attribute("aria-label") for place in range(1)]
    assert "baseline" in parts[0] and "decode" in parts[0]
    expect(page.locator("#simulated")).to_be_visible()


def test_receipts_are_chosen_and_ordered(opens: Opens) -> None:
    """By what there is; what a client calls itself stays text."""
    page = with_journal(opens)
    receipts = page.get_by_label("Receipts", exact=True)
    expect(receipts.locator("tbody tr")).to_have_count(3)

    receipts.get_by_label("Order").select_option("most energy")
    expect(receipts.locator("tbody tr").first).to_contain_text("900 J")
    receipts.get_by_label("Client").select_option("anna")
    expect(receipts.locator("tbody tr")).to_have_count(1)
    receipts.get_by_label("Client").select_option(HOSTILE)
    expect(receipts.locator("tbody tr")).to_contain_text(HOSTILE)


def test_a_journal_that_can_not_be_read(opens: Opens) -> None:
    """The page says why, in telemetry's words."""
    page = with_journal(opens, status=503)

    expect(page.get_by_text("there is no journalctl, so no history")).to_be_visible()
