# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Receipts held against the energy counter as an independent process read it, one table a claim.

The witness's joules above rest: its difference of the counter from just before the first request to a little
after the last answer, less that time at the power that it saw while the same part of the measurement rested.
Both edges lie in rest, so that a step of the counter weighs little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import audit
from asked import Asked
from figures import Part
from witness import Witness

Receipt = Mapping[str, float]

ALONE, EQUAL, TWICE, MIXED = "alone", "equal", "twice", "mixed"
LONG, INSIDE = "long", "inside"
ALONE_LIMIT, SHARED_LIMIT = 0.05, 0.1
# The counter shows the last of the work a step late, and the card needs a moment to fall to its rest.
BEFORE_S, AFTER_S = 0.3, 0.7


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the tables are made of; receipts by request."""

    parts: Sequence[Part]
    asked: Sequence[Asked]
    receipts: Mapping[str, Receipt]
    witness: Witness

    def of(self, part: Part) -> list[Asked]:
        """Its requests that have a receipt."""
        return [one for one in self.asked if one.part == part.name and one.request in self.receipts]

    def parts_for(self, claim: str) -> list[Part]:
        return [part for part in self.parts if part.name.startswith(claim)]

    @property
    def missing(self) -> list[str]:
        return [one.request for one in self.asked if one.request not in self.receipts]

    def joules(self, request: Asked, name: str = "energy_j") -> float:
        return self.receipts[request.request].get(name, 0.0)

    def counted_j(self, start_s: float, end_s: float) -> float:
        return self.witness.at(end_s).energy_j - self.witness.at(start_s).energy_j

    def rest_w(self, part: Part) -> float:
        """The mean power by the witness while nothing of this part was under way."""
        rests = list(_rests(part, [one for one in self.asked if one.part == part.name]))
        return sum(self.counted_j(*rest) for rest in rests) / sum(end_s - start_s for start_s, end_s in rests)

    def above_rest_j(self, part: Part, asked: Sequence[Asked]) -> float:
        start_s = min(one.start_s for one in asked) - BEFORE_S
        end_s = max(one.end_s for one in asked) + AFTER_S
        return self.counted_j(start_s, end_s) - self.rest_w(part) * (end_s - start_s)


def _rests(part: Part, asked: Sequence[Asked]) -> Iterator[tuple[float, float]]:
    free_s = part.start_s
    for one in sorted(asked, key=lambda one: one.start_s):
        if one.start_s - BEFORE_S > free_s:
            yield free_s, one.start_s - BEFORE_S
        free_s = max(free_s, one.end_s + AFTER_S)
    if part.end_s > free_s:
        yield free_s, part.end_s


def receipts_of(entries: Iterable[Mapping[str, object]]) -> dict[str, Receipt]:
    """By request, from green-telemetry's entries; fields that are no numbers are left out."""
    return {
        str(receipt["request"]): {
            name: float(value)
            for name, value in receipt.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        for receipt in audit.receipts_of(entries)
    }


class Proof:
    """The tables, and whether each claim holds."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.failures: list[str] = [f"request {request} has no receipt" for request in evidence.missing]

    def lines(self) -> Iterator[str]:
        yield from self._alone()
        yield ""
        yield from self._equal()
        yield ""
        yield from self._twice()
        yield ""
        yield from self._totals()
        yield ""
        yield "every claim holds" if not self.failures else f"{len(self.failures)} claims DO NOT HOLD:"
        yield from self.failures

    def _judge(self, what: str, off: float, limit: float) -> str:
        if abs(off) <= limit:
            return "holds"
        self.failures.append(f"{what}: {100 * off:+.1f} %, allowed {100 * limit:.0f} %")
        return "DOES NOT HOLD"

    def _alone(self) -> Iterator[str]:
        yield (
            "| alone: prompt + output tokens | s | witness above rest J | receipt J | off % | verdict "
            "| witness, all J | receipt + baseline share J | off % | receipt says ± J |"
        )
        yield "|---" * 10 + "|"
        for part in self._evidence.parts_for(ALONE):
            for one in self._evidence.of(part):
                yield self._alone_row(part, one)

    def _alone_row(self, part: Part, one: Asked) -> str:
        evidence, answered = self._evidence, one.answered
        above_j, receipt_j = evidence.above_rest_j(part, [one]), evidence.joules(one)
        all_j = evidence.counted_j(one.start_s, one.end_s)
        with_share_j = receipt_j + evidence.joules(one, "baseline_share_j")
        tokens = f"{answered.prompt_tokens} + {answered.output_tokens}"
        off = receipt_j / above_j - 1
        return (
            f"| {tokens} | {answered.latency_s:.1f} | {above_j:.0f} | {receipt_j:.0f} | {100 * off:+.1f} "
            f"| {self._judge(f'alone, {tokens}', off, ALONE_LIMIT)} | {all_j:.0f} | {with_share_j:.0f} "
            f"| {100 * (with_share_j / all_j - 1):+.1f} | {evidence.joules(one, 'uncertainty_j'):.0f} |"
        )

    def _equal(self) -> Iterator[str]:
        yield (
            "| equal, at once | s | witness above rest J | its equal part J | receipts: least, mean, "
            "greatest J | furthest off % | verdict | least, greatest prefill J | decode J |"
        )
        yield "|---" * 9 + "|"
        for part in self._evidence.parts_for(EQUAL):
            yield self._equal_row(part, self._evidence.of(part))

    def _equal_row(self, part: Part, asked: Sequence[Asked]) -> str:
        evidence = self._evidence
        above_j = evidence.above_rest_j(part, asked)
        equal_j = above_j / len(asked)
        receipts_j = [evidence.joules(one) for one in asked]
        off = max((joules / equal_j - 1 for joules in receipts_j), key=abs)
        first = asked[0].answered
        what = f"{len(asked)} of {first.prompt_tokens} + {first.output_tokens}"
        duration_s = max(one.end_s for one in asked) - min(one.start_s for one in asked)
        prefills_j = [evidence.joules(one, "energy_prefill_j") for one in asked]
        decodes_j = [evidence.joules(one, "energy_decode_j") for one in asked]
        return (
            f"| {what} | {duration_s:.1f} | {above_j:.0f} | {equal_j:.1f} "
            f"| {min(receipts_j):.1f}, {fmean(receipts_j):.1f}, {max(receipts_j):.1f} | {100 * off:+.1f} "
            f"| {self._judge(what, off, SHARED_LIMIT)} | {min(prefills_j):.1f}, {max(prefills_j):.1f} "
            f"| {min(decodes_j):.1f}, {max(decodes_j):.1f} |"
        )

    def _twice(self) -> Iterator[str]:
        yield (
            "| one answer of twice the length | its decode J | others' answers | their decode J: least, "
            "mean, greatest | ratio | off twice % | verdict |"
        )
        yield "|---" * 7 + "|"
        for part in self._evidence.parts_for(TWICE):
            yield self._twice_row(self._evidence.of(part))

    def _twice_row(self, asked: Sequence[Asked]) -> str:
        long = next(one for one in asked if one.role == LONG)
        inside = [one for one in asked if one.role == INSIDE]
        long_j = self._evidence.joules(long, "energy_decode_j")
        others_j = [self._evidence.joules(one, "energy_decode_j") for one in inside]
        ratio = long_j / fmean(others_j)
        what = f"{long.answered.output_tokens} against {inside[0].answered.output_tokens} tokens"
        return (
            f"| {what} | {long_j:.1f} | {len(inside)} | {min(others_j):.1f}, {fmean(others_j):.1f}, "
            f"{max(others_j):.1f} | {ratio:.3f} | {100 * (ratio / 2 - 1):+.1f} "
            f"| {self._judge(what, ratio / 2 - 1, SHARED_LIMIT)} |"
        )

    def _totals(self) -> Iterator[str]:
        yield (
            "| part | answers | s | witness, all J | rest W | witness above rest J | sum of receipts J "
            "| off % | J a token |"
        )
        yield "|---" * 9 + "|"
        for part in self._evidence.parts:
            asked = self._evidence.of(part)
            if asked:
                yield self._totals_row(part, asked)

    def _totals_row(self, part: Part, asked: Sequence[Asked]) -> str:
        evidence = self._evidence
        whole_j = evidence.counted_j(part.start_s, part.end_s)
        rest_w = evidence.rest_w(part)
        above_j = whole_j - rest_w * (part.end_s - part.start_s)
        receipts_j = sum(evidence.joules(one) for one in asked)
        tokens = sum(one.answered.output_tokens for one in asked)
        return (
            f"| {part.name} | {len(asked)} | {part.end_s - part.start_s:.1f} | {whole_j:.0f} | {rest_w:.1f} "
            f"| {above_j:.0f} | {receipts_j:.0f} | {100 * (receipts_j / above_j - 1):+.1f} "
            f"| {above_j / tokens:.2f} |"
        )
