# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The shipped units agree with the configuration's defaults."""

from __future__ import annotations

import re
from pathlib import Path

from green_common.config import ProxyConfig, TelemetryConfig

UNITS = Path(__file__).parents[3] / "systemd"


def test_the_socket_unit_opens_the_doors_of_the_configuration() -> None:
    """green-proxy takes a passed socket for the door whose port it has."""
    proxy = ProxyConfig()

    assert values_of("green-proxy.socket", "ListenStream") == [proxy.listen, proxy.gateway]


def test_a_passed_socket_is_for_this_machine_alone() -> None:
    """The addresses that the service's unit allows don't count for it, so its own unit allows the same."""
    for key in ("IPAddressDeny", "IPAddressAllow"):
        assert values_of("green-proxy.socket", key) == values_of("green-proxy.service", key)


def test_nothing_but_an_administrator_enables_the_socket() -> None:
    """`systemctl enable green-proxy` stays what it is, and disabling the socket leaves the service."""
    for unit in ("green-proxy.service", "green-proxy.socket"):
        assert values_of(unit, "Also") == values_of(unit, "Requires") == values_of(unit, "Sockets") == []


def test_systemd_waits_longer_for_a_stop_than_running_answers_get() -> None:
    """With the default of drain_s, and time to cut what is left."""
    (stop_s,) = values_of("green-proxy.service", "TimeoutStopSec")

    assert float(stop_s) >= ProxyConfig().drain_s + 30


def test_the_metrics_socket_has_the_address_of_the_configuration() -> None:
    """green-telemetry takes a passed socket for /metrics if it has that port."""
    assert values_of("green-telemetry.socket", "ListenStream") == [TelemetryConfig().listen]
    assert TelemetryConfig().live_socket.startswith("/run/green-telemetry/")
    assert values_of("green-telemetry.service", "RuntimeDirectory") == ["green-telemetry"]


def test_the_metrics_socket_comes_and_goes_with_its_service() -> None:
    """Nobody has to enable it, and no scrape starts a service that was stopped."""
    assert values_of("green-telemetry.service", "Wants") == ["green-telemetry.socket"]
    assert values_of("green-telemetry.socket", "BindsTo") == ["green-telemetry.service"]
    assert values_of("green-telemetry.socket", "WantedBy") == []


def values_of(unit: str, key: str) -> list[str]:
    """Every value that a unit gives a key."""
    return re.findall(rf"^{key}=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)
