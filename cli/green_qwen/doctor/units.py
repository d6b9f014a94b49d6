# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether the three services and their sockets are there, run, and will run after the next boot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from green_qwen.doctor.finding import ADVICE, OK, UNKNOWN, WARNING, Finding
from green_qwen.doctor.systemd import Unit

NAME, SOCKET = "services", ".socket"
SERVICES = ("green-proxy.service", "green-telemetry.service", "green-idle.service")
SOCKETS = ("green-proxy.socket", "green-telemetry.socket")


def judge_units(units: Sequence[Unit | None]) -> Iterator[Finding]:
    known = [unit for unit in units if unit is not None and unit.there]
    missing = [unit.name for unit in units if unit is not None and not unit.there]
    if not known:
        yield Finding(NAME, UNKNOWN, "systemd knows none of green-qwen's units: this is no installed package")
        return
    troubles = [found for unit in known if (found := _trouble(unit)) is not None]
    yield from troubles
    if missing:
        yield Finding(
            NAME,
            WARNING,
            f"{', '.join(missing)} is not installed:",
            ("sudo apt install --reinstall green-qwen",),
        )
    elif not troubles:
        running = ", ".join(unit.name for unit in known if not unit.name.endswith(SOCKET))
        yield Finding(NAME, OK, f"{running} run, and will after a boot")


def _trouble(unit: Unit) -> Finding | None:
    if unit.needs_reload:
        text = f"{unit.name} was changed on disk, and systemd has not read it:"
        return Finding(
            NAME, WARNING, text, (f"sudo systemctl daemon-reload && sudo systemctl restart {unit.name}",)
        )
    if unit.active == "failed":
        return Finding(NAME, WARNING, f"{unit.name} has failed:", (f"journalctl -u {unit.name} -n 50",))
    if unit.name.endswith(SOCKET):
        # They come with their services, and that of the proxy is a choice.
        return None
    if unit.active not in ("active", "activating", "reloading"):
        return Finding(
            NAME, ADVICE, f"{unit.name} is {unit.active}:", (f"sudo systemctl enable --now {unit.name}",)
        )
    if unit.enabled == "disabled":
        text = f"{unit.name} runs, and won't after a boot:"
        return Finding(NAME, ADVICE, text, (f"sudo systemctl enable {unit.name}",))
    return None
