# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How long systemd lets green-proxy wait for running answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from system.machine import wait_for
from system.server import Server

UNIT_S, DRAIN_S = 1, 4


def test_a_stop_may_take_longer_than_the_unit_says(installed: Server) -> None:
    """green-proxy asks for the time that drain_s gives answers, so that systemd doesn't kill it meanwhile."""
    short = f"[Service]\nTimeoutStopSec={UNIT_S}\n".encode()
    installed.machine.write("/run/systemd/system/green-proxy.service.d/short.conf", short)
    installed.machine.write(
        "/etc/green-qwen/green-qwen.d/drain.toml", f"[proxy]\ndrain_s = {DRAIN_S}\n".encode()
    )
    installed.machine.run("systemctl", "daemon-reload")

    with installed.occupied(11434), ThreadPoolExecutor() as pool:
        installed.machine.run("systemctl", "start", "green-proxy")
        answer = pool.submit(installed.chat, "Is anybody there?")
        wait_for("the request", lambda: is_in_flight(installed), 10.0)
        installed.machine.run("systemctl", "stop", "green-proxy")
        with pytest.raises(RuntimeError, match="green-proxy is being stopped"):
            answer.result()

    assert installed.property("green-proxy", "Result") == "success"


def is_in_flight(server: Server) -> bool:
    return "1 in flight" in server.property("green-proxy", "StatusText")
