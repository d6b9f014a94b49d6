# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The installed units, judged by the systemd of each Debian."""

from __future__ import annotations

import pytest

from system.server import METRICS_SOCKET, SERVICES, SOCKET, Server

# Tenths of the exposure level that systemd-analyze security prints.
MOST_EXPOSURE = {"green-proxy": 15, "green-telemetry": 15, "green-idle": 20}


@pytest.mark.parametrize("unit", [*(f"{service}.service" for service in SERVICES), SOCKET, METRICS_SOCKET])
def test_systemd_understands_every_line(installed: Server, unit: str) -> None:
    """systemd-analyze verify prints nothing, which it does with exit code 0 as well."""
    verify = f"systemd-analyze verify --man=no /usr/lib/systemd/system/{unit} 2>&1"

    said = installed.machine.run("sh", "-c", verify)

    assert said == ""


@pytest.mark.parametrize("service", SERVICES)
def test_the_sandbox_is_tight(installed: Server, service: str) -> None:
    """systemd-analyze security gives at most 1.5 for what has no privilege, 2.0 for green-idle."""
    threshold = f"--threshold={MOST_EXPOSURE[service]}"

    installed.machine.run("systemd-analyze", "security", "--no-pager", threshold, service)
