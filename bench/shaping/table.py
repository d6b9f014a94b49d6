# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The trials as Markdown; every line of figures says that they are simulated."""

from __future__ import annotations

from collections.abc import Sequence

from bench.proxy.table import number, table
from bench.shaping.trial import Trial

HEAD = (
    "step",
    "load",
    "answers",
    "simulated J an answer, off",
    "on",
    "saved",
    "tokens computed, off",
    "on",
    "reloads avoided",
    "latency P95 s, off",
    "on",
    "load took s, off",
    "on",
)


def report(pairs: Sequence[tuple[Trial, Trial]], when: str) -> str:
    notes = (
        f"- Simulated, {when}: green-sim's card and model server, in real time; no GPU was measured.",
        "- Simulated joules are those of the whole card, its rest included, from the first request to the"
        " last answer.",
        "- In each simulated trial all steps but the one named are off.",
    )
    return table(HEAD, [row(off, on) for off, on in pairs]) + "\n\n" + "\n".join(notes) + "\n"


def row(off: Trial, on: Trial) -> list[str]:
    saved = 1 - on.joules_per_answer / off.joules_per_answer
    return [
        f"{on.step} (simulated)",
        on.load,
        str(on.answers),
        number(off.joules_per_answer, 1),
        number(on.joules_per_answer, 1),
        f"{saved:.0%}",
        number(off.tokens),
        number(on.tokens),
        number(on.counts.get("reloads_avoided_total", 0)),
        number(off.latency_p95_s, 2),
        number(on.latency_p95_s, 2),
        number(off.took_s, 1),
        number(on.took_s, 1),
    ]
