# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether the services have the ports that they want, or who has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from green_common.config import Config, split_address
from green_qwen.doctor.finding import OK, WARNING, Finding

NAME = "ports"
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Port:
    """One that a service wants; `holder` is who listens there, None for nobody."""

    key: str
    address: str
    service: str
    runs: bool
    holder: str | None


def read_ports(config: Config, *, proxy_runs: bool, telemetry_runs: bool) -> tuple[Port, ...]:
    # The proxy's own way to name who has taken its port.
    from green_proxy.door.port_holder import holder_of, listening

    wanted = (
        ("proxy.listen", config.proxy.listen, "green-proxy", proxy_runs),
        ("proxy.gateway", config.proxy.gateway, "green-proxy", proxy_runs),
        ("telemetry.listen", config.telemetry.listen, "green-telemetry", telemetry_runs),
    )
    taken = {one.port for one in listening(PROC)}
    ports = []
    for key, address, service, runs in wanted:
        if address:
            number = split_address(address)[1]
            ports.append(Port(key, address, service, runs, holder_of(number) if number in taken else None))
    return tuple(ports)


def judge_ports(ports: tuple[Port, ...]) -> Iterator[Finding]:
    """Somebody else has it, or nobody has although the service runs."""
    well = []
    for port in ports:
        if (
            port.holder is not None
            and not port.runs
            and "green" not in port.holder
            and "systemd" not in port.holder
        ):
            text = f"{port.key} {port.address} is taken by {port.holder}: end that, or choose another address"
            yield Finding(NAME, WARNING, text)
        elif port.holder is None and port.runs:
            text = f"{port.service} runs, and nobody listens on {port.key} {port.address}:"
            yield Finding(NAME, WARNING, text, (f"journalctl -u {port.service} -n 50",))
        else:
            well.append(f"{port.address} ({port.key})")
    if well:
        yield Finding(NAME, OK, f"nothing stands in the way at {', '.join(well)}")
