# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The explanations of `journalctl -x` belong to events that the services really write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from green_common.journal import message_id

ROOT = Path(__file__).parents[3]
ENTRIES = re.findall(
    r"^# (\S+)\n-- ([0-9a-f]{32})$", (ROOT / "systemd" / "green-qwen.catalog").read_text(), re.MULTILINE
)


@pytest.mark.parametrize(("event", "entry_id"), ENTRIES, ids=[event for event, _ in ENTRIES])
def test_an_entry_has_the_id_of_its_event(event: str, entry_id: str) -> None:
    """The journal finds the explanation by MESSAGE_ID."""
    assert message_id(event) == entry_id


@pytest.mark.parametrize("event", [event for event, _ in ENTRIES])
def test_the_event_of_an_entry_is_written_by_some_service(event: str) -> None:
    """Somewhere in the services' code stands its name."""
    sources = [*ROOT.glob("daemons/**/*.py"), *ROOT.glob("shared/green_common/*.py")]

    assert any(f'"{event}"' in source.read_text() for source in sources)
