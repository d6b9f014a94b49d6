# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A receipt or a window as amounts under names, which only ever are added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from green_qwen.report.facts import Receipt, Window
from green_qwen.report.periods import divided, edges

Amounts = Mapping[str, int]
# Joules of a window by account, and of a request by why it was thrown away, are named with these.
ACCOUNT, THROWN_AWAY = "account:", "thrown away:"
# The account of what a damaged window's own accounts leave of its joules.
IMBALANCE = "imbalance"


@dataclass(frozen=True, slots=True)
class Posting:
    """Amounts, and all by which they may be grouped; a window has no model and no client."""

    at_s: float
    machine: str
    amounts: Amounts
    model: str = ""
    client: str = ""
    phase: str = ""


def of_receipt(receipt: Receipt, at_s: float) -> Posting:
    """A whole receipt."""
    measured = receipt.energy_mj is not None
    amounts = {
        "requests": 1,
        "answered": int(receipt.answered),
        "prompt_tokens": receipt.prompt_tokens,
        "cached_tokens": receipt.cached_tokens,
        "output_tokens": receipt.output_tokens,
        # Tokens whose joules nobody knows have no part in tokens per joule.
        "measured_tokens": receipt.output_tokens if measured else 0,
        "requests_mj": receipt.energy_mj or 0,
        "share_mj": receipt.baseline_share_mj,
        **{THROWN_AWAY + reason: energy_mj for reason, energy_mj in receipt.thrown_away.items()},
    }
    return Posting(at_s, receipt.machine, amounts, receipt.model, receipt.client)


def phases_of_receipt(receipt: Receipt, at_s: float) -> Iterator[Posting]:
    """By phase: prompts are read in prefill, answers are written in decode; a request is in no one phase."""
    phases = {phase: {"requests_mj": energy_mj} for phase, energy_mj in receipt.phases_mj.items()}
    tokens = {
        "prefill": {"prompt_tokens": receipt.prompt_tokens, "cached_tokens": receipt.cached_tokens},
        "decode": {"output_tokens": receipt.output_tokens},
    }
    for phase in {**phases, **tokens}:
        amounts = {**phases.get(phase, {}), **tokens.get(phase, {})}
        yield Posting(at_s, receipt.machine, amounts, receipt.model, receipt.client, phase)


def of_window(window: Window, since_s: float | None) -> Iterator[Posting]:
    """Divided at the hours; what was before the range is counted with its first moment."""
    first_s = window.first_s if since_s is None else max(window.first_s, since_s)
    accounts = {ACCOUNT + name: energy_mj for name, energy_mj in window.accounts_mj.items()}
    accounts[ACCOUNT + IMBALANCE] = window.energy_mj - sum(window.accounts_mj.values())
    amounts = {**accounts, "covered_ms": round(window.covered_s * 1000)}
    for at_s, parts in divided(amounts, edges(first_s, max(window.last_s, first_s))):
        yield Posting(at_s, window.machine, parts)


def phases_of(posting: Posting) -> Iterator[Posting]:
    """A window's posting by phase, of which the baseline, others and the unattributed are some too."""
    for name, amount in posting.amounts.items():
        if name.startswith(ACCOUNT) and amount:
            phase = name.removeprefix(ACCOUNT)
            yield Posting(posting.at_s, posting.machine, {name: amount}, phase=phase)
