# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.proxy.aims import Aim
from bench.proxy.figures import Figures
from bench.proxy.usage import Memory
from bench.proxy.variants import DIRECT

# Where the clients and the upstream have no core left, it is they who are measured.
RIG_FULL = 0.95
NONE = "-"


def report(rows: Sequence[Figures], goals: Sequence[Aim], notes: Iterable[str]) -> str:
    parts = [speed(rows), latency(rows), weight(rows), rig(rows)]
    if goals:
        parts.append(aims_table(goals))
    return "\n\n".join([*parts, "\n".join(f"- {note}" for note in notes)]) + "\n"


def speed(rows: Sequence[Figures]) -> str:
    head = ["variant", "requests/s", "with 8 kB bodies", "CPU us a request", "with 8 kB bodies"]
    head += ["CPU s per million tokens", "of nginx's"]
    cells = [
        [
            row.variant,
            capped(row),
            number(row.long_requests_per_s),
            number(row.cpu_us_per_request),
            number(row.long_cpu_us_per_request),
            number(row.cpu_s_per_million),
            number(row.of_nginx, 2),
        ]
        for row in rows
    ]
    return table(head, cells)


def latency(rows: Sequence[Figures]) -> str:
    head = ["added ms, 8 kB bodies", "first token p50", "first token p99", "each token p50", "each token p99"]
    names = {DIRECT: "direct (not added: its own)"}
    return table(
        head,
        [
            [
                names.get(row.variant, row.variant),
                number(row.first_token_p50_ms, 2),
                number(row.first_token_p99_ms, 2),
                number(row.transit_p50_ms, 2),
                number(row.transit_p99_ms, 2),
            ]
            for row in rows
        ],
    )


def weight(rows: Sequence[Figures]) -> str:
    head = [
        "RSS / PSS in MiB",
        "at start",
        "all streams open",
        "after the loads",
        "idle, % of a core",
        "wake-ups/s",
    ]
    return table(
        head,
        [
            [
                row.variant,
                megabytes(row.at_start),
                megabytes(row.held),
                megabytes(row.after),
                number(None if row.idle_share is None else row.idle_share * 100, 3),
                number(row.wake_ups_per_s, 1),
            ]
            for row in rows
            if row.at_start
        ],
    )


def rig(rows: Sequence[Figures]) -> str:
    head = [
        "CPU in cores",
        "proxy, requests",
        "rig, requests",
        "rig, streams",
        "measured again",
        "left disturbed",
    ]
    return table(
        head,
        [
            [
                row.variant,
                number(row.proxy_busy, 2),
                number(row.rig_busy, 2),
                number(row.rig_busy_streaming, 2),
                str(row.repeated),
                str(row.disturbed),
            ]
            for row in rows
        ],
    )


def aims_table(goals: Sequence[Aim]) -> str:
    words = {True: "met", False: "**missed**", None: "not measured"}
    head = ["aim, every step on", "limit", "measured", ""]
    return table(
        head,
        [
            [
                goal.name,
                f"{'>=' if goal.at_least else '<='} {goal.limit:g} {goal.unit}".strip(),
                number(goal.measured, 3 if goal.limit < 1 else 2 if goal.limit < 10 else 0),
                words[goal.met],
            ]
            for goal in goals
        ],
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column is text, the others are numbers."""
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, rule, *rows])


def capped(row: Figures) -> str:
    full = row.rig_busy is not None and row.rig_busy > RIG_FULL
    return f"{'> ' if full else ''}{number(row.requests_per_s)}"


def megabytes(memory: Memory | None) -> str:
    return f"{memory.rss_mib:.0f} / {memory.pss_mib:.0f}" if memory else NONE


def number(value: float | None, digits: int = 0) -> str:
    if value is None:
        return NONE
    # A space between thousands, as elsewhere in the documentation.
    return f"{value:,.{digits}f}".replace(",", " ")
