# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The table of clients and features, filled while the tests run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# In the order of the columns; what a client's module has no test for, the client does not offer.
FEATURES = {
    "chat_whole": "chat",
    "chat_streamed": "streamed",
    "thinking": "thinking",
    "tools": "tools",
    "tools_streamed": "streamed tools",
    "images": "images",
    "structured": "JSON",
    "completion": "complete",
    "embeddings": "embed",
    "models": "list",
    "pull": "pull",
    "blobs": "blobs",
    "cancel": "cancel",
    "errors": "errors",
    "agent": "agent",
}
NOT_OFFERED = "-"
HEAD = """<!-- Written by scripts/test-clients; don't edit. -->
# Clients that others wrote, tried on green-proxy

Each line is a client as its authors publish it, each column a thing that it offers. All of them talked to a
green-proxy process as installed, with the simulated model server behind it: the answers are made up, the
protocols are not. "-": the client does not offer it.

- *thinking*: on and off; *tools*: call, result and answer; *JSON*: also by a schema; *list*: and show
- *blobs*: upload from a file, create, copy, delete; *cancel*: leaving in mid-stream ends the generation
- *errors*: unknown model and wrong requests come as the client's own exceptions, with status and text
- *agent*: Clawdbot's own turn, known by its key; its prompt can't be cut to the budget: whole, and marked

"""


@dataclass
class Matrix:
    """Outcome by client and feature; a second test of a feature may only worsen it."""

    outcomes: dict[str, dict[str, str]] = field(default_factory=dict)

    def note(self, client: str, feature: str, outcome: str) -> None:
        row = self.outcomes.setdefault(client, {})
        if row.get(feature) in (None, "pass"):
            row[feature] = outcome

    def lines(self) -> list[str]:
        """As a table that is read well both on a terminal and in Markdown."""
        columns = [name for name in FEATURES if any(name in row for row in self.outcomes.values())]
        rows = [["client", *(FEATURES[name] for name in columns)]]
        for client, row in sorted(self.outcomes.items(), key=lambda entry: entry[0].lower()):
            rows.append([client, *(row.get(name, NOT_OFFERED) for name in columns)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        rows.insert(1, ["-" * width for width in widths])
        return [_line(row, widths) for row in rows]

    def page(self) -> str:
        return HEAD + "\n".join(self.lines()) + "\n"


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
