# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whatever is counted, and by whatever it is grouped, the rows add up to the total."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings, strategies as st

from green_common.estimates import Estimates
from green_qwen.report.books import Books
from green_qwen.report.facts import PHASES, REASONS, Receipt, Window
from green_qwen.report.figures import figures_of
from green_qwen.report.groups import BEYOND, DIMENSIONS, Groups
from green_qwen.report.postings import ACCOUNT, IMBALANCE, of_receipt
from unit.green_qwen.report.entries import START_S

NAMES = st.sampled_from(["a", "b", "", "c" * 40])
MJ = st.integers(-(10**9), 10**9)
TIMES = st.floats(START_S - 1e5, START_S + 1e6)
GROUPINGS = st.lists(st.sampled_from(DIMENSIONS), min_size=1, max_size=3, unique=True).map(tuple)
# Of a phase there are no requests, no tokens of joules, no baseline beside it and nothing thrown away.
ALWAYS = ("requests_mj", "prompt_tokens", "cached_tokens", "output_tokens")


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    phases = draw(st.dictionaries(st.sampled_from(PHASES), MJ))
    measured = bool(phases)
    thrown = draw(st.dictionaries(st.sampled_from(REASONS), MJ, max_size=1))
    return Receipt(
        at_s=draw(TIMES),
        machine=draw(NAMES),
        simulated=False,
        model=draw(NAMES),
        client=draw(NAMES),
        answered=draw(st.booleans()),
        partial=draw(st.booleans()),
        provisional=False,
        energy_mj=sum(phases.values()) if measured else None,
        phases_mj=phases,
        baseline_share_mj=draw(st.integers(0, 10**9)),
        thrown_away=thrown,
        prompt_tokens=draw(st.integers(0, 10**6)),
        cached_tokens=draw(st.integers(0, 100)),
        output_tokens=draw(st.integers(0, 10**6)),
    )


@st.composite
def windows(draw: st.DrawFn) -> Window:
    accounts = {name: draw(MJ) for name in ("baseline", "prefill", "decode", "others", "unattributed")}
    first_s, length_s = draw(TIMES), draw(st.floats(0, 20_000))
    return Window(
        first_s=first_s,
        last_s=first_s + length_s,
        covered_s=length_s,
        machine=draw(NAMES),
        gpu_uuid=draw(NAMES),
        simulated=False,
        provisional=False,
        energy_mj=sum(accounts.values()) + draw(st.sampled_from([0, 0, 7])),
        accounts_mj=accounts,
        counter_first_mj=None,
        counter_last_mj=None,
        gaps=0,
    )


def _summed(groups: Groups) -> Counter[str]:
    whole: Counter[str] = Counter()
    for sums in groups.sums.values():
        whole.update(sums)
    return whole


@settings(deadline=None, max_examples=60)
@given(st.lists(receipts(), max_size=8), st.lists(windows(), max_size=6), GROUPINGS, st.booleans())
def test_rows_add_up_to_the_total(
    some: list[Receipt], others: list[Window], by: tuple[str, ...], bounded: bool
) -> None:
    """By any grouping, to the millijoule, also where the range begins in their midst."""
    books = Books((by,), since_s=START_S if bounded else None)
    for receipt in some:
        books.take_receipt(receipt)
    for window in others:
        books.take_window(window)

    groups, total = books.groups[by], books.total.sums.get((), {})

    summed = _summed(groups)
    names = ALWAYS if groups.by_phase else [name for name in total if not name.startswith(ACCOUNT)]
    if groups.of_requests or groups.by_phase:
        names = [name for name in names if name != "covered_ms"]
    else:
        assert {name: summed[name] for name in total} == total
    assert {name: summed[name] for name in names} == {name: total.get(name, 0) for name in names}


@settings(deadline=None, max_examples=60)
@given(st.lists(windows(), max_size=6), st.sampled_from([("day",), ("hour",), ("machine",), ("phase",)]))
def test_the_books_balance_in_each_row(others: list[Window], by: tuple[str, ...]) -> None:
    """Whole = baseline + generations + others + unattributed, and what a damaged window leaves is told."""
    books = Books((by,))
    for window in others:
        books.take_window(window)

    counted = sum(
        sum(amount for name, amount in sums.items() if name.startswith(ACCOUNT))
        for sums in books.groups[by].sums.values()
    )

    off = books.total.sums.get((), {}).get(ACCOUNT + IMBALANCE, 0)
    figures = figures_of(books.total.sums.get((), {}), Estimates(), books.total)
    parts = [figures[f"{name}_j"] or 0.0 for name in ("baseline", "generations", "others", "unattributed")]
    assert counted == round((figures["gpu_energy_j"] or 0.0) * 1000)
    assert round(sum(parts) * 1000) + off == counted
    assert bool(off) == (books.doubts.unbalanced > 0)


def test_groups_stay_bounded() -> None:
    """A client that thinks of ever new names gets one row for all that are beyond, and none is lost."""
    groups = Groups(("client",), most=3)
    for number in range(10):
        groups.add([of_receipt(_receipt(f"client {number}"), START_S)])

    assert len(groups.sums) == 4 and groups.overflowed
    assert groups.sums[BEYOND,]["requests"] == 7
    assert _summed(groups)["requests_mj"] == 10_000


def _receipt(client: str) -> Receipt:
    return Receipt(
        START_S, "m", False, "q", client, True, False, False, 1000, {"decode": 1000}, 0, {}, 1, 0, 1
    )
