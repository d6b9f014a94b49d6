# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The explanations of `journalctl -x` belong to events that the services really write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from green_common.journal import message_id
from green_telemetry.audit.audit import ALERTS

ROOT = Path(__file__).parents[3]
CATALOG = (ROOT / "systemd" / "green-qwen.catalog").read_text()
ENTRIES = re.findall(r"^# (\S+)\n-- ([0-9a-f]{32})$", CATALOG, re.MULTILINE)


@pytest.mark.parametrize(("event", "entry_id"), ENTRIES, ids=[event for event, _ in ENTRIES])
def test_an_entry_has_the_id_of_its_event(event: str, entry_id: str) -> None:
    """The journal finds the explanation by MESSAGE_ID."""
    assert message_id(event) == entry_id


@pytest.mark.parametrize("event", [event for event, _ in ENTRIES])
def test_the_event_of_an_entry_is_written_by_some_service(event: str) -> None:
    """Somewhere in the services' code stands its name."""
    sources = [*ROOT.glob("daemons/**/*.py"), *ROOT.glob("shared/green_common/*.py")]

    assert any(f'"{event}"' in source.read_text() for source in sources)


def test_a_field_in_a_text_has_a_name_that_the_journal_replaces() -> None:
    """It takes capitals and underscores; with a digit in it the name itself would be shown."""
    assert re.findall(r"@[^@\s]*[^A-Z_@\s][^@\s]*@", CATALOG) == []


def test_every_alert_is_explained() -> None:
    """The advice is in the entry, the reasons are here."""
    explained = {event for event, _ in ENTRIES}

    assert set(ALERTS) <= explained
    assert {"start", "receipt", "receipts", "window", "phase", "clock", "alert.over"} <= explained


def test_every_error_is_explained() -> None:
    """And what green-idle tells of GPUs that come back and of models that go."""
    sources = "".join(source.read_text() for source in ROOT.glob("daemons/**/*.py"))
    errors = set(re.findall(r"\.error\(\s*\"([a-z_.]+)\"", sources))

    assert {"clocks.stuck", "upstream.lost"} <= errors
    assert errors | {"clocks.gpu_found", "model.parked"} <= {event for event, _ in ENTRIES}
