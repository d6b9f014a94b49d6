# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A report ready to be shown: the range, the total, the rows and what has to be said about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from green_common.estimates import Estimates
from green_qwen.report.books import Books
from green_qwen.report.figures import Figures, Row, balance_j, figures_of, rows_of, thrown_away_j
from green_qwen.report.groups import key_text
from green_qwen.report.intake import Intake
from green_qwen.report.notes import Note


@dataclass(frozen=True, slots=True)
class Range:
    """As it was asked for, as systemd took it, and from where to where there are entries."""

    since: str | None
    until: str | None
    since_s: float | None
    until_s: float | None
    first_s: float | None
    last_s: float | None


@dataclass(frozen=True, slots=True)
class Result:
    """What every form of a report is made from."""

    range: Range
    by: tuple[str, ...]
    total: Figures
    thrown_away_j: Mapping[str, float]
    balance_j: float
    rows: list[Row]
    notes: list[Note]
    machines: tuple[str, ...]
    gpus: int
    covered_share: float | None
    simulated: bool
    views: Mapping[str, list[Row]]


def result_of(
    intake: Intake, books: Books, by: tuple[str, ...], estimates: Estimates, asked: Range, notes: list[Note]
) -> Result:
    """Of one grouping; the range is completed by what was found."""
    sums = books.total.sums.get((), {})
    coverage = books.coverage
    return Result(
        range=replace(asked, first_s=books.first_s, last_s=books.last_s),
        by=by,
        total=figures_of(sums, estimates, books.total),
        thrown_away_j=thrown_away_j(sums),
        balance_j=balance_j(sums),
        rows=named_rows(rows_of(books.groups[by], estimates), by, intake.hosts),
        notes=notes,
        machines=tuple(sorted(names_of(intake.hosts).values())),
        gpus=len(coverage.courses),
        covered_share=coverage.covered_s / coverage.span_s if coverage.span_s > 0 else None,
        simulated=books is intake.simulated,
        views={
            names[0]: named_rows(rows_of(groups, estimates), names, intake.hosts, keep=("hour",))
            for names, groups in books.groups.items()
            if len(names) == 1
        },
    )


def named_rows(
    rows: list[Row], by: tuple[str, ...], hosts: Mapping[str, str], *, keep: tuple[str, ...] = ()
) -> list[Row]:
    """Keys as people read them: hours by the clock, machines by their names; but for those to `keep`."""
    names = names_of(hosts)

    def text(name: str, part: str | int) -> str | int:
        if name in keep:
            return part
        return names.get(str(part), "-") if name == "machine" else key_text(name, part)

    return [replace(row, key=tuple(map(text, by, row.key))) for row in rows]


def names_of(hosts: Mapping[str, str]) -> dict[str, str]:
    """A machine's host name, with a part of its id where two share one."""
    taken = list(hosts.values())
    return {
        machine: host if taken.count(host) == 1 else f"{host} ({machine[:8]})"
        for machine, host in hosts.items()
    }
