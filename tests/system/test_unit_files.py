# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The installed units, judged by the systemd of each Debian."""

from __future__ import annotations

import pytest

from system.server import METRICS_SOCKET, SOCKET, Server

# Tenths of the exposure level that systemd-analyze security prints.
MOST_EXPOSURE = {"green-proxy": 15, "green-telemetry": 15, "green-idle": 15, "green-idle-sleep": 15}
UNITS = [*(f"{service}.service" for service in MOST_EXPOSURE), SOCKET, METRICS_SOCKET]


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_every_line(installed: Server, unit: str) -> None:
    """systemd-analyze verify prints nothing, which it does with exit code 0 as well."""
    verify = f"systemd-analyze verify --man=no /usr/lib/systemd/system/{unit} 2>&1"

    said = installed.machine.run("sh", "-c", verify)

    assert said == ""


@pytest.mark.parametrize("service", MOST_EXPOSURE)
def test_the_sandbox_is_tight(installed: Server, service: str) -> None:
    """systemd-analyze security gives at most 1.5."""
    threshold = f"--threshold={MOST_EXPOSURE[service]}"

    installed.machine.run("systemd-analyze", "security", "--no-pager", threshold, service)
