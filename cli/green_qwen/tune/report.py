# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was found, as tables for people and as one object for machines."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from green_qwen.terminal.columns import column_lines
from green_qwen.tune.bounds import Bounds
from green_qwen.tune.claims import claims_against
from green_qwen.tune.evidence import PRIOR_ERROR, PRIOR_WEIGHT, PRIOR_WINDOW_S, Evidence, Ratio
from green_qwen.tune.keep_alive import KeepAlive
from green_qwen.tune.knobs import KnobResult
from green_qwen.tune.measured import Measured
from green_qwen.tune.search import Findings
from green_qwen.tune.setting import KNOB_NAMES, Setting, brief, plain, values_of, words_of
from green_qwen.tune.thinking.cost import Thinking, thinking_object, thinking_rows, thinking_words

# Beside a yield that is likely too high.
HASTY = "*"


def report_lines(
    findings: Findings, bounds: Bounds, keep_alive: KeepAlive | None, thinking: Thinking | None = None
) -> Iterator[str]:
    """The choice, everything measured, the knobs one by one, thinking, and the recipe's claims."""
    yield ""
    yield from _choice_lines(findings)
    yield ""
    yield from column_lines(_setting_rows(findings, bounds))
    yield from _doubt_lines(findings.evidence)
    yield ""
    yield from column_lines(_knob_rows(findings.knobs), left=2)
    yield from _thinking_lines(thinking)
    yield ""
    yield from column_lines(_claim_rows(findings.knobs), left=1)
    if keep_alive is not None:
        yield ""
        yield keep_alive.words()


def _choice_lines(findings: Findings) -> Iterator[str]:
    chosen = findings.chosen
    if chosen is None:
        yield "nothing that was measured may be chosen: every setting failed or breaks a limit"
        return
    if chosen == findings.default:
        yield "chosen: the default; nothing that was tried is better within the limits"
        return
    yield f"chosen: {words_of(chosen)}"
    measured = findings.evidence.pooled(chosen)
    yield f"  {measured.tokens_per_j:.3f} tokens/s/W{_against(findings)}"


def _against(findings: Findings) -> str:
    if findings.gain is None:
        return "; the default was not measured"
    old = findings.evidence.yield_of(findings.default)
    return f", {findings.gain.value:.2f} ± {findings.gain.error:.2f} times the default's {old:.3f}"


def _setting_rows(findings: Findings, bounds: Bounds) -> Iterator[list[str]]:
    yield ["setting", "s", "tokens/s", "W", "tokens/s/W", "±", "first P95", "between P95", ""]
    evidence = findings.evidence
    for setting in sorted(evidence.settings, key=evidence.yield_of, reverse=True):
        one = evidence.pooled(setting)
        yield [
            brief(setting),
            f"{one.window_s:.0f}",
            f"{one.tokens_per_s:.1f}",
            f"{one.power_w:.0f}",
            f"{one.tokens_per_j:.3f}" + ("" if one.settled else HASTY),
            f"{evidence.error_of(setting):.1%}",
            _seconds(one.first_token_p95_s),
            f"{one.between_tokens_p95_ms:.0f} ms",
            _remark(findings, setting, bounds),
        ]
    for setting, failure in evidence.failures.items():
        yield [brief(setting), *[""] * 7, f"failed: {failure.splitlines()[0] if failure else ''}"]


def _doubt_lines(evidence: Evidence) -> Iterator[str]:
    """What the figures above rest on."""
    assumed = f"{PRIOR_ERROR:.0%} of the yield in {PRIOR_WINDOW_S:.0f} s"
    if evidence.repeats:
        windows = "1 repeated window" if evidence.repeats == 1 else f"{evidence.repeats} repeated windows"
        weight = f"which counts as {PRIOR_WEIGHT:.0f}"
        yield f"± one standard error, of {windows} and an assumed {assumed}, {weight}"
    else:
        yield f"± assumed, {assumed}: nothing was measured twice"
    if not all(evidence.pooled(one).settled for one in evidence.settings):
        yield f"{HASTY} too short for its slots to turn over: too high, simulated by up to a tenth"


def _seconds(value: float) -> str:
    return "none yet" if math.isnan(value) else f"{value:.1f} s"


def _remark(findings: Findings, setting: Setting, bounds: Bounds) -> str:
    if setting == findings.chosen:
        return "chosen"
    if setting == findings.default:
        return "default"
    return bounds.breach_by(findings.evidence.pooled(setting)) or bounds.objection_to(setting)


def _knob_rows(knobs: tuple[KnobResult, ...]) -> Iterator[list[str]]:
    yield ["knob, on the best setting", "from, to", "yield", "noise", "idle", "verdict"]
    for one in knobs:
        idle = "" if one.idle_change_w is None else f"{one.idle_change_w:+.1f} W"
        verdict = one.verdict.value + (f" ({one.note.splitlines()[0]})" if one.note else "")
        turn = f"{plain(one.old)}, {plain(one.new)}"
        yield [KNOB_NAMES[one.knob], turn, *_share(one.ratio), idle, verdict]


def _share(ratio: Ratio | None) -> tuple[str, str]:
    return ("", "") if ratio is None else (f"{ratio.value - 1:+.1%}", f"± {ratio.error:.1%}")


def _thinking_lines(thinking: Thinking | None) -> Iterator[str]:
    if thinking is not None:
        yield ""
        yield from column_lines(thinking_rows(thinking))
        yield thinking_words(thinking)


def _claim_rows(knobs: tuple[KnobResult, ...]) -> Iterator[list[str]]:
    yield ["the original recipe", "claims", "measured here", "verdict"]
    for claim in claims_against(knobs):
        yield [claim.what, claim.claimed, claim.measured, claim.verdict]


def _fields(measured: Measured) -> dict[str, Any]:
    """JSON has no word for what no window has seen, but null."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in asdict(measured).items()
    }


def report_object(
    findings: Findings, *, simulated: bool, keep_alive: KeepAlive | None, thinking: Thinking | None = None
) -> dict[str, Any]:
    """The same for --json."""
    evidence = findings.evidence
    chosen = findings.chosen
    return {
        "simulated": simulated,
        "chosen": None if chosen is None else values_of(chosen),
        "default": values_of(findings.default),
        "gain": None if findings.gain is None else asdict(findings.gain),
        "spent_s": evidence.spent_s,
        "noise": {
            "repeated_windows": evidence.repeats,
            "assumed_share": PRIOR_ERROR,
            "assumed_in_s": PRIOR_WINDOW_S,
            "assumed_counts_as": PRIOR_WEIGHT,
        },
        "measured": [
            {
                "setting": values_of(setting),
                "may_be_chosen": evidence.may_be_chosen(setting),
                "tokens_per_s_per_w": evidence.yield_of(setting),
                "tokens_per_s": evidence.pooled(setting).tokens_per_s,
                "power_w": evidence.pooled(setting).power_w,
                **_fields(evidence.pooled(setting)),
            }
            for setting in evidence.settings
        ],
        "failed": [{"setting": values_of(one), "why": why} for one, why in evidence.failures.items()],
        "knobs": [{**asdict(one), "verdict": one.verdict.value} for one in findings.knobs],
        "claims": [asdict(claim) for claim in claims_against(findings.knobs)],
        "keep_alive": None if keep_alive is None else asdict(keep_alive),
        "thinking": None if thinking is None else thinking_object(thinking),
    }
