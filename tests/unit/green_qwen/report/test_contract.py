# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A report reads what green-telemetry writes, under the names that it writes."""

from __future__ import annotations

import dataclasses
from typing import Any

from green_qwen.report.facts import receipt_of, window_of
from green_telemetry.receipt import Receipt
from green_telemetry.window import Window
from unit.green_qwen.report.entries import START_S, receipt, window

# What the journal, the reader of history and the audit add to a window or a receipt.
ADDED = {"at_s", "start", "gpu_uuid", "simulated", "gaps"}
# Where a receipt's own field could not be read it stands in the entry under the event's name.
UNREAD = {"receipt"}


class Asked(dict[str, Any]):
    """Figures that remember which of them were asked for."""

    names: set[str]

    def get(self, name: str, default: Any = None) -> Any:
        self.names = {*getattr(self, "names", set()), name}
        return super().get(name, default)


def test_every_figure_of_a_receipt_is_one_that_is_written() -> None:
    """No misspelt name is a figure that nobody knows."""
    asked = Asked(receipt(), at_s=START_S)

    receipt_of(asked, "m1")

    assert asked.names - {field.name for field in dataclasses.fields(Receipt)} - ADDED - UNREAD == set()


def test_every_figure_of_a_window_is_one_that_is_written() -> None:
    """Likewise."""
    asked = Asked(window(), at_s=START_S)
    written = Window(0.0, 0.0)
    written.close(60.0, 6000.0)

    window_of(asked, "m1")

    assert asked.names - set(written.fields()) - ADDED == set()


def test_a_window_as_green_telemetry_closes_it_balances() -> None:
    """Through the report's eyes too."""
    written = Window(0.0, 1000.0, baseline_j=4400.3, others_j=10.01, unattributed_j=1.0)
    written.phases_j.update(prefill=300.0004, decode=700.0004)
    written.close(60.0, 6412.3456)

    read = window_of({**written.fields(), "at_s": START_S}, "m1")

    assert sum(read.accounts_mj.values()) == read.energy_mj == 5412_346
    assert (read.covered_s, read.last_s) == (60.0, START_S)
