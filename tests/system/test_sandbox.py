# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-proxy's unit lets a process do, tried by one that runs in its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.server import Server
from unit.green_proxy.tokens.small_vocabulary import card

PROBE = Path(__file__).with_name("sandbox_probe.py")
INSTEAD = "/run/systemd/system/green-proxy.service.d/probe.conf"
RUN_PROBE = b"""
[Service]
Type=oneshot
# What it found lies in a directory that goes when the service stops.
RemainAfterExit=yes
Restart=no
WatchdogSec=0
ExecStart=
Environment=PYTHONPATH=/usr/lib/green-qwen:/usr/lib/green-qwen/vendor
ExecStart=/usr/bin/python3 /opt/probe.py /opt/card.json
"""
KEYS = "/etc/green-qwen/keys"


@pytest.fixture(scope="module")
def found(installed: Server) -> Iterator[dict[str, Any]]:
    """What the probe found."""
    machine = installed.machine
    machine.write("/opt/probe.py", PROBE.read_bytes())
    machine.write("/opt/card.json", json.dumps(card()).encode())
    machine.write(KEYS, b"the hash of a key", mode="640")
    machine.run("chgrp", "green-qwen", KEYS)
    machine.write(INSTEAD, RUN_PROBE)
    machine.run("systemctl", "daemon-reload")
    try:
        machine.run("systemctl", "start", "green-proxy")
        yield json.loads(machine.run("cat", "/run/green-proxy/found.json"))
    finally:
        machine.run("systemctl", "stop", "green-proxy")
        machine.run("rm", INSTEAD)
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "reset-failed")


def test_the_compiled_libraries_work_there(found: dict[str, Any]) -> None:
    """httptools, where memory is never writable and executable at once."""
    assert found["port"] == 18789
    assert found["writable code"] == "refused"


def test_the_process_that_counts_tokens_works_there(found: dict[str, Any]) -> None:
    """It starts, fetches a vocabulary from the model server, builds it and counts with it."""
    assert found["tokens"] == {
        "loaded": {"chatml": True, "settled": True, "begins": False},
        "counted": {"counts": [1, 2]},
    }


def test_keys_that_only_root_and_the_group_may_read_can_be_read(found: dict[str, Any]) -> None:
    """/etc/green-qwen/keys has mode 0640; the service's user is nobody's but in the group."""
    assert found["keys"] == "the hash of a key"
