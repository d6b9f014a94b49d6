# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The recipe's claims beside what was measured."""

from __future__ import annotations

from green_qwen.tune.claims import NOT_HERE, NOT_MEASURED, TRUE, UNCLEAR, claims_against
from green_qwen.tune.evidence import Ratio
from green_qwen.tune.knobs import KnobResult, Verdict


def verdict_of(what: str, *knobs: KnobResult) -> str:
    return next(claim.verdict for claim in claims_against(knobs) if claim.what.startswith(what))


def test_a_claim_that_holds_is_true_here() -> None:
    """Within the noise."""
    knob = KnobResult("kv_cache", "f16", "q4_0", Verdict.CONSENT, Ratio(1.2, 0.02))

    assert verdict_of("KV cache", knob) == TRUE


def test_a_claim_that_does_not_hold_is_said() -> None:
    """As on an H100, where q4_0 costs a quarter."""
    knob = KnobResult("kv_cache", "f16", "q4_0", Verdict.WORSE, Ratio(0.75, 0.02))

    assert verdict_of("KV cache", knob) == NOT_HERE


def test_noise_that_reaches_the_claim_is_no_proof_of_it() -> None:
    """One percent, give or take six, is compatible with twelve and with none."""
    knob = KnobResult("threads", None, 16, Verdict.NO_GAIN, Ratio(1.01, 0.06))

    assert verdict_of("num_thread", knob) == UNCLEAR


def test_a_larger_context_that_costs_nothing_refutes_the_smaller_one() -> None:
    """It was turned the other way."""
    knob = KnobResult("context_tokens", 8192, 32768, Verdict.NO_GAIN, Ratio(1.0, 0.02))

    assert verdict_of("num_ctx", knob) == NOT_HERE


def test_what_was_not_tried_is_not_measured() -> None:
    """And no figure stands beside it."""
    assert {claim.verdict for claim in claims_against(())} == {NOT_MEASURED}


def test_mmap_is_judged_by_watts_at_rest() -> None:
    """Half a watt is not 37."""
    knob = KnobResult("mmap", None, False, Verdict.NO_GAIN, Ratio(1.0, 0.02), -0.5)

    assert verdict_of("mmap", knob) == NOT_HERE
