# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import pytest

from green_common.history import Entry
from green_qwen.report.books import Books
from green_qwen.report.intake import Intake
from green_qwen.report.notes import notes_of
from unit.green_qwen.report.entries import START_S, logged, logged_receipt, logged_window, receipt


def _taken(*entries: Entry | None, since_s: float | None = None) -> Intake:
    intake = Intake(lambda: Books((("day",), ("phase",)), since_s))
    for one in entries:
        intake.take(one)
    return intake


def _notes(intake: Intake) -> dict[str, int]:
    books = intake.real if intake.real.count else intake.simulated
    return {note.name: note.count for note in notes_of(intake, books)}


def _total(intake: Intake, name: str) -> int:
    return intake.real.total.sums.get((), {}).get(name, 0)


def test_gathered_receipts_are_counted_one_by_one() -> None:
    """An entry with three receipts is three requests."""
    three = json.dumps([receipt(name) for name in "abc"])

    intake = _taken(logged("receipts", GREEN_COUNT="3", GREEN_RECEIPTS=three))

    assert _total(intake, "requests") == 3
    assert _total(intake, "requests_mj") == 300_000


@pytest.mark.parametrize(
    "damaged",
    [
        logged("receipt", GREEN_RECEIPT='{"request": "r1", "energy_j": 10'),
        logged("receipt", GREEN_RECEIPT=json.dumps(receipt(energy_j="much"))),
        logged("receipt", GREEN_RECEIPT=json.dumps(receipt(energy_j=float("nan")))),
        logged("receipt", GREEN_RECEIPT=json.dumps(receipt(energy_j=1e300))),
        logged("receipt", GREEN_RECEIPT=json.dumps(receipt(energy_j=True))),
        logged("receipt", GREEN_RECEIPT=json.dumps(receipt(output_tokens=-1))),
        logged("receipt", GREEN_RECEIPT=json.dumps(receipt(model=["a"]))),
        logged("receipt", GREEN_ENERGY_J="12"),
        logged("receipts", GREEN_COUNT="1", GREEN_RECEIPTS="[{"),
        logged("window", GREEN_WINDOW="{}"),
        logged_window(start="the day before"),
        logged_window(baseline_j=None),
        None,
    ],
)
def test_what_is_damaged_is_left_out_and_said(damaged: Entry | None) -> None:
    """It changes no sum, and it is counted."""
    intake = _taken(logged_receipt(), damaged, logged_window())

    assert _notes(intake)["damaged"] == 1
    assert _total(intake, "requests_mj") == 100_000
    assert intake.real.doubts.windows == 1


def test_a_gathered_entry_without_its_array_counts_all_that_it_held() -> None:
    """It says how many there were."""
    assert _taken(logged("receipts", GREEN_COUNT="7", GREEN_RECEIPTS="[")).damaged == 7


def test_entries_of_others_are_left_out_and_said() -> None:
    """Any user can write GREEN_EVENT; who wrote it is the journal's to say."""
    fake = json.dumps(receipt(energy_j=1e6))

    intake = _taken(logged_receipt(), logged("receipt", unit="session-1.scope", GREEN_RECEIPT=fake))

    assert _total(intake, "requests_mj") == 100_000
    assert _notes(intake)["looked_alike"] == 1
    assert intake.strangers == {"session-1.scope"}


def test_simulated_figures_are_never_added_to_measured_ones() -> None:
    """Each has books of its own."""
    intake = _taken(logged_receipt(), logged_receipt(simulated=True), logged_receipt(simulated=True))

    assert _total(intake, "requests") == 1
    assert intake.simulated.doubts.receipts == 2
    assert _notes(intake)["simulated_left_out"] == 2


def test_the_first_version_had_a_field_for_each_figure() -> None:
    """Receipts and windows of it count as those of today."""
    old = logged(
        "receipt", GREEN_REQUEST="r1", GREEN_MODEL="7", GREEN_OUTCOME="finished", GREEN_ENERGY_J="100.0",
        GREEN_ENERGY_DECODE_J="100.0", GREEN_OUTPUT_TOKENS="40", GREEN_SIMULATED="false",
    )  # fmt: skip
    old_window = logged(
        "window", GREEN_START="2026-03-02T00:00:00.000Z", GREEN_END="2026-03-02T00:01:00.000Z",
        GREEN_DURATION_S="60.0", GREEN_ENERGY_J="600.0", GREEN_BASELINE_J="500.0", GREEN_GENERATIONS_J="90.0",
        GREEN_PREFILL_J="40.0", GREEN_DECODE_J="50.0", GREEN_UNATTRIBUTED_J="10.0", GREEN_GPU_UUID="GPU-1",
        GREEN_SIMULATED="false",
    )  # fmt: skip

    intake = _taken(old, old_window)

    assert (_total(intake, "requests_mj"), _total(intake, "output_tokens")) == (100_000, 40)
    assert _total(intake, "account:baseline") == 500_000
    assert _notes(intake) == {}


def test_a_receipt_without_joules_counts_as_a_request_alone() -> None:
    """What was not measured is not zero, so its tokens have no part in tokens per joule."""
    unmeasured = logged_receipt(
        energy_j=None, energy_prefill_j=None, energy_decode_j=None, baseline_share_j=None
    )

    intake = _taken(logged_receipt(), unmeasured)

    assert (_total(intake, "requests"), _total(intake, "output_tokens")) == (2, 80)
    assert _total(intake, "measured_tokens") == 40
    assert _notes(intake)["unmeasured"] == 1


def test_waste_is_told_by_its_reason() -> None:
    """All of a request that nobody got, and of an answered one what an earlier generation took."""
    intake = _taken(
        logged_receipt(outcome="cancelled", thrown_away="cancelled"),
        logged_receipt(superseded_j=30.0),
        logged_receipt(outcome="failed", thrown_away="unheard of"),
    )

    assert _total(intake, "thrown away:cancelled") == 100_000
    assert _total(intake, "thrown away:superseded") == 30_000
    assert _total(intake, "thrown away:other") == 100_000


def test_what_lies_over_the_edge_is_counted_whole_and_said() -> None:
    """In the first moment of the range, so that no row lies before it."""
    intake = _taken(logged_window(START_S - 30), logged_receipt(ended_at=START_S - 5), since_s=START_S)

    assert _notes(intake) == {"early_windows": 1, "early_receipts": 1}
    assert list(intake.real.groups[("day",)].sums) == [("2026-03-02",)]
    assert _total(intake, "account:baseline") == 4_800_000


def test_holes_between_windows_are_said() -> None:
    """Ten minutes in which the service did not run are in no sum."""
    intake = _taken(logged_window(START_S), logged_window(START_S + 660))

    assert _notes(intake) == {"holes": 1}
    assert intake.real.coverage.holes_s == pytest.approx(600)


def test_a_window_that_comes_twice_counts_once() -> None:
    """As where the same journal was copied twice."""
    intake = _taken(logged_window(), logged_window())

    assert _total(intake, "account:baseline") == 4_800_000
    assert _notes(intake)["repeated"] == 1


def test_a_window_whose_accounts_do_not_add_up_is_said() -> None:
    """The difference stays in sight, and the whole is what the counter says."""
    intake = _taken(logged_window(energy_j=6001.0))

    assert _notes(intake)["unbalanced"] == 1
    assert _total(intake, "account:imbalance") == 1000


def test_trouble_that_green_telemetry_told_is_told_again() -> None:
    """Gaps, lost messages, lost entries."""
    gap = json.dumps({"duration_s": 30.0})
    intake = _taken(
        logged_receipt(),
        logged("gpu.gap", GREEN_GPU_GAP=gap),
        logged("feed.gap", GREEN_MESSAGES="12"),
        logged("journal.lost", GREEN_ENTRIES="3"),
    )

    assert {"gpu_gap", "feed_gap", "journal_lost"} <= set(_notes(intake))
    assert intake.amounts == {"gpu.gap": 30, "feed.gap": 12, "journal.lost": 3}


def test_partial_receipts_are_said() -> None:
    """Their joules count, and that they are not whole is told."""
    assert _notes(_taken(logged_receipt(partial=True), logged_window())) == {"partial": 1}
