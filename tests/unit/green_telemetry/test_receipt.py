# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The receipt of one request."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from green_telemetry.account import Account
from green_telemetry.receipt import Measurement, write_receipts
from green_telemetry.timeline import Generation

MakeGeneration = Callable[..., Generation]

MEASURED = Measurement(("GPU-fake",), "counter", simulated=True)


def account() -> Account:
    account = Account(baseline_share_j=87.7, by_gpu_j={"GPU-fake": 512.3})
    account.energy_j["prefill"], account.energy_j["decode"] = 96.0, 416.3
    return account


def test_a_receipt_says_joules_tokens_and_yield(make_generation: MakeGeneration) -> None:
    """Tokens a second are those of the decode; the yield counts all joules, the baseline's share too."""
    generation = make_generation("a", 10.0, 10.3, 11.0, output_tokens=58, prompt_tokens=400, decode_s=0.7)

    (receipt,) = write_receipts(generation, account(), MEASURED)

    assert receipt.request == "request-a"
    assert receipt.energy_j == pytest.approx(512.3)
    assert receipt.tokens_per_s == pytest.approx(58 / 0.7)
    assert receipt.tokens_per_s_per_w == pytest.approx(58 / 600.0)
    assert (receipt.prompt_tokens, receipt.output_tokens, receipt.duration_s) == (400, 58, 1.0)


def test_its_line_reads_well(make_generation: MakeGeneration) -> None:
    """Everything that matters, in one line, marked as simulated."""
    generation = make_generation("a", 10.0, 10.3, 11.0, output_tokens=58, decode_s=0.7)

    (receipt,) = write_receipts(generation, account(), MEASURED)

    assert receipt.say == (
        "receipt request-a qwen3:32b: 512.3 J ±52.1 J (prefill 96.0, decode 416.3), 58 tokens, "
        "82.9 tokens/s, 0.097 tokens/s/W, simulated"
    )


def test_what_was_not_measured_is_not_zero(make_generation: MakeGeneration) -> None:
    """While the GPU is lost, requests go on; their receipts have tokens and no joules."""
    generation = make_generation("a", 10.0, 10.3, 11.0, output_tokens=58, decode_s=0.7)

    (receipt,) = write_receipts(generation, Account(), MEASURED)

    assert (receipt.energy_j, receipt.uncertainty_j, receipt.baseline_share_j) == (None, None, None)
    assert receipt.say == (
        "receipt request-a qwen3:32b: energy not measured, 58 tokens, 82.9 tokens/s, simulated"
    )


def test_abandoned_work_has_a_receipt(make_generation: MakeGeneration) -> None:
    """With the reason, and the tokens that had arrived."""
    generation = make_generation("a", 10.0, 10.3, 11.0)
    generation.finished, generation.outcome, generation.tokens = None, "cancelled", 9
    generation.cancelled = {"request-a": "the client left"}

    (receipt,) = write_receipts(generation, account(), MEASURED)

    assert (receipt.outcome, receipt.reason) == ("cancelled", "the client left")
    assert (receipt.output_tokens, receipt.tokens_counted) == (9, True)
    assert "cancelled: the client left" in receipt.say


def test_requests_that_share_a_generation_share_its_joules(make_generation: MakeGeneration) -> None:
    """Equally, so that the sum of receipts is the sum of joules."""
    generation = make_generation("a", 10.0, 10.3, 11.0)
    generation.requests = ("one", "two")

    receipts = list(write_receipts(generation, account(), MEASURED))

    assert [receipt.request for receipt in receipts] == ["one", "two"]
    assert [receipt.energy_j for receipt in receipts] == [pytest.approx(256.15)] * 2
    assert [receipt.requests for receipt in receipts] == [2, 2]


def test_unknown_counts_stay_unknown(make_generation: MakeGeneration) -> None:
    """No tokens, no rate: not zero."""
    generation = make_generation("a", 10.0, 10.3, 11.0)

    (receipt,) = write_receipts(generation, account(), MEASURED)

    assert (receipt.output_tokens, receipt.tokens_per_s, receipt.tokens_per_s_per_w) == (None, None, None)
