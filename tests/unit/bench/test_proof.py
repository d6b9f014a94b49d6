# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Receipts held against the witness."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from asked import Asked, asked_of, question
from audit import entries_of
from figures import Part
from load import Answered
from proof import ALONE, EQUAL, INSIDE, LONG, TWICE, Evidence, Proof, Receipt, receipts_of
from witness import Reading, Witness

REST_W, LOAD_W = 100.0, 500.0


def asked(request: str, start_s: float, end_s: float, *, part: str = ALONE, role: str = "") -> Asked:
    return Asked(part, role, Answered(request, 1, start_s, start_s + 0.1, end_s, 100, 200))


def witness(*loads_s: tuple[float, float]) -> Witness:
    """Ten readings a second over 40 s, at 500 W in those times and at 100 W else."""
    readings, energy_j = [], 0.0
    for tenth in range(400):
        time_s = tenth / 10
        readings.append(Reading(time_s, time_s, energy_j))
        loaded = any(start_s <= time_s < end_s for start_s, end_s in loads_s)
        energy_j += (LOAD_W if loaded else REST_W) / 10
    return Witness(readings)


def evidence(receipts: Mapping[str, Receipt], *those: Asked) -> Evidence:
    part = Part(those[0].part, 5.0, 35.0)
    return Evidence([part], those, receipts, witness((10.0, 20.0)))


def test_joules_above_rest_leave_out_what_the_card_draws_at_rest() -> None:
    """Ten seconds at 400 W more."""
    one = asked("a", 10.0, 20.0)
    those = evidence({}, one)

    above_j = those.above_rest_j(those.parts[0], [one])

    assert above_j == pytest.approx(4000.0)


def test_rest_is_what_lies_between_the_requests_of_a_part() -> None:
    """Neither before the part nor under load."""
    those = evidence({}, asked("a", 10.0, 20.0))

    rest_w = those.rest_w(those.parts[0])

    assert rest_w == pytest.approx(REST_W)


@pytest.mark.parametrize(("energy_j", "failures"), [(4190.0, 0), (4210.0, 1), (3810.0, 0), (3790.0, 1)])
def test_alone_a_receipt_may_be_off_by_a_twentieth(energy_j: float, failures: int) -> None:
    """Either way."""
    proof = Proof(evidence({"a": {"energy_j": energy_j}}, asked("a", 10.0, 20.0)))

    list(proof.lines())

    assert len(proof.failures) == failures


def test_equal_requests_are_each_held_against_their_part() -> None:
    """One of four that got a fifth too much is named, however well the sum fits."""
    those = [asked(name, 10.0, 20.0, part=EQUAL) for name in "abcd"]
    receipts = {"a": 1200.0, "b": 950.0, "c": 950.0, "d": 900.0}
    proof = Proof(evidence({name: {"energy_j": joules} for name, joules in receipts.items()}, *those))

    list(proof.lines())

    assert proof.failures == ["4 of 100 + 200: +20.0 %, allowed 10 %"]


@pytest.mark.parametrize(("long_j", "failures"), [(200.0, 0), (215.0, 0), (225.0, 1), (175.0, 1)])
def test_twice_the_answer_is_held_against_twice_the_mean(long_j: float, failures: int) -> None:
    """Of the decode joules of those that were inside."""
    those = [
        asked("long", 10.0, 20.0, part=TWICE, role=LONG),
        asked("b", 10.0, 15.0, part=TWICE, role=INSIDE),
        asked("c", 15.0, 20.0, part=TWICE, role=INSIDE),
        asked("after", 20.0, 25.0, part=TWICE),
    ]
    decodes_j = {"long": long_j, "b": 95.0, "c": 105.0, "after": 500.0}
    receipts = {name: {"energy_decode_j": joules} for name, joules in decodes_j.items()}
    proof = Proof(evidence(receipts, *those))

    list(proof.lines())

    assert len(proof.failures) == failures


def test_a_request_without_a_receipt_is_a_failure() -> None:
    """What has no receipt can't be right."""
    proof = Proof(evidence({"a": {"energy_j": 4000.0}}, asked("a", 10.0, 20.0), asked("b", 22.0, 23.0)))

    assert proof.failures == ["request b has no receipt"]


def test_receipts_are_read_from_telemetrys_entries() -> None:
    """Numbers alone; a flag is none."""
    entries: list[dict[str, object]] = [
        {"event": "window", "energy_j": 1.0},
        {"event": "receipt", "request": "a", "energy_j": 2.5, "output_tokens": 7, "partial": True},
    ]

    receipts = receipts_of(entries)

    assert receipts == {"a": {"energy_j": 2.5, "output_tokens": 7.0}}


def test_a_request_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """So that a replay knows what each was there for."""
    one = asked("a", 10.0, 20.0, part=TWICE, role=LONG)
    path = tmp_path / "requests.jsonl"
    path.write_text(one.line() + "\n")

    again = asked_of(entries_of(path))

    assert again == [one]


def test_a_question_has_exactly_the_length_that_was_asked_for() -> None:
    """A character is a token to the model of make_gguf.py."""
    one = question("seed", 321, 64)

    assert (len(one.prompt), one.output_tokens) == (321, 64)
