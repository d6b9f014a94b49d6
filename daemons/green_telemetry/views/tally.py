# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Sums since the start, for metrics: joules by account, receipts, tokens, each with bounded names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from green_telemetry.ledger import Entry
from green_telemetry.phases import PHASES
from green_telemetry.receipt import Receipt
from green_telemetry.views.exposition import Histogram

BASELINE, OTHERS, UNATTRIBUTED = "baseline", "others", "unattributed"
MAX_MODELS, MAX_CLIENTS, MAX_REASONS, MAX_GPUS = 32, 64, 16, 64
OTHER, NOBODY = "other", "unknown"

ENERGY_BOUNDS_J = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5)
# The bounds that OpenTelemetry's conventions for generative AI give.
TOKEN_BOUNDS = tuple(float(4**power) for power in range(14))
DURATION_BOUNDS_S = tuple(0.01 * 2**power for power in range(14))
PER_TOKEN_BOUNDS_S = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)


class Names:
    """Names as they come, until there are too many: then all new ones are 'other'."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def bounded(self, name: str | None) -> str:
        name = name or NOBODY
        if name not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(name)
        return name


class Rising:
    """A signed sum as a counter: it never falls, so that noise is not taken for a restart."""

    __slots__ = ("_sum", "shown")

    def __init__(self) -> None:
        self._sum = self.shown = 0.0

    def add(self, value: float) -> None:
        self._sum += value
        self.shown = max(self.shown, self._sum)


class Tally:
    """Fed by the loop as entries and receipts become certain."""

    def __init__(self) -> None:
        self._models, self._clients, self._reasons = Names(MAX_MODELS), Names(MAX_CLIENTS), Names(MAX_REASONS)
        self._gpus = Names(MAX_GPUS)
        self.accounts_j: defaultdict[tuple[str, str], Rising] = defaultdict(Rising)
        self.unattributed_j: defaultdict[str, float] = defaultdict(float)
        self.clients_j: defaultdict[str, Rising] = defaultdict(Rising)
        self.thrown_away_j: defaultdict[str, Rising] = defaultdict(Rising)
        self.receipts: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.energy_j: dict[tuple[str, str], Histogram] = {}
        self.tokens: dict[tuple[str, str], Histogram] = {}
        self.duration_s: dict[str, Histogram] = {}
        self.per_token_s: dict[str, Histogram] = {}

    def add_entry(self, gpu_uuid: str, entry: Entry) -> None:
        """The joules of one interval by account."""
        gpu = self._gpus.bounded(gpu_uuid)
        for account, joules in accounts_of(entry).items():
            if account == UNATTRIBUTED:
                self.unattributed_j[gpu] += joules
            else:
                self.accounts_j[gpu, account].add(joules)

    def add_receipt(self, receipt: Receipt) -> None:
        model = self._models.bounded(receipt.model)
        self.receipts[model, receipt.outcome] += 1
        self._add_energy(model, receipt)
        for kind, tokens in (("input", receipt.prompt_tokens), ("output", receipt.output_tokens)):
            if tokens is not None:
                self.tokens.setdefault((model, kind), Histogram(TOKEN_BOUNDS)).observe(tokens)
        self.duration_s.setdefault(model, Histogram(DURATION_BOUNDS_S)).observe(receipt.duration_s)
        if receipt.tokens_per_s:
            each_s = 1 / receipt.tokens_per_s
            self.per_token_s.setdefault(model, Histogram(PER_TOKEN_BOUNDS_S)).observe(each_s)

    def _add_energy(self, model: str, receipt: Receipt) -> None:
        if receipt.energy_j is None:
            return
        for phase in PHASES:
            joules = getattr(receipt, f"energy_{phase}_j") or 0.0
            if joules > 0:
                self.energy_j.setdefault((model, phase), Histogram(ENERGY_BOUNDS_J)).observe(joules)
        self.clients_j[self._clients.bounded(getattr(receipt, "client", None))].add(receipt.energy_j)
        reason = getattr(receipt, "thrown_away", None)
        if reason is not None:
            self.thrown_away_j[self._reasons.bounded(reason)].add(receipt.energy_j)


def accounts_of(entry: Entry) -> Mapping[str, float]:
    """Joules by account; they add up to the interval's."""
    accounts = dict.fromkeys((BASELINE, *PHASES), 0.0)
    accounts[BASELINE] = entry.interval.baseline_j
    for charge in entry.charges:
        accounts[charge.phase] += charge.energy_j
    others_j = getattr(entry, "others_j", None)
    if others_j is not None:
        accounts[OTHERS] = others_j
    accounts[UNATTRIBUTED] = entry.unattributed_j
    return accounts
