# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Receipts of superseded generations, kept until their requests end, so that each request has one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from green_telemetry.receipt import Receipt

# More requests than the proxy lets wait at a time; beyond them the oldest is written as it is.
MOST = 2048


class Carried:
    """By request, what generations before the present one have used for it."""

    def __init__(self) -> None:
        self._receipts: dict[str, Receipt] = {}

    def keep(self, receipt: Receipt) -> Receipt | None:
        """Keep a receipt of thrown away work; gives back one that there is no room for."""
        self._receipts[receipt.request] = self.complete(receipt)
        if len(self._receipts) <= MOST:
            return None
        return self._receipts.pop(next(iter(self._receipts)))

    def complete(self, receipt: Receipt) -> Receipt:
        """The receipt, with what was kept for its request."""
        earlier = self._receipts.pop(receipt.request, None)
        return receipt if earlier is None else _joined(earlier, receipt)

    def turn_away(self, requests: Iterable[str], reason: str) -> list[Receipt]:
        """Requests that end without another generation."""
        kept = [self._receipts.pop(request) for request in requests if request in self._receipts]
        return [replace(receipt, reason=reason) for receipt in kept]

    def release(self) -> list[Receipt]:
        """All of them: nobody will say how they go on."""
        receipts = list(self._receipts.values())
        self._receipts.clear()
        return receipts


def _joined(earlier: Receipt, receipt: Receipt) -> Receipt:
    return replace(
        receipt,
        energy_j=_sum(earlier.energy_j, receipt.energy_j),
        energy_queued_j=_sum(earlier.energy_queued_j, receipt.energy_queued_j),
        energy_loading_j=_sum(earlier.energy_loading_j, receipt.energy_loading_j),
        energy_prefill_j=_sum(earlier.energy_prefill_j, receipt.energy_prefill_j),
        energy_decode_j=_sum(earlier.energy_decode_j, receipt.energy_decode_j),
        uncertainty_j=_sum(earlier.uncertainty_j, receipt.uncertainty_j),
        baseline_share_j=_sum(earlier.baseline_share_j, receipt.baseline_share_j),
        baseline_provisional=earlier.baseline_provisional or receipt.baseline_provisional,
        superseded_j=_sum(earlier.superseded_j or earlier.energy_j, receipt.superseded_j),
        shared=max(earlier.shared, receipt.shared),
        partial=earlier.partial or receipt.partial,
    )


def _sum(one: float | None, other: float | None) -> float | None:
    return other if one is None else one + (other or 0.0)
