# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What can be made to go wrong with the simulated GPU, by name, while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from green_common.errors import UsageError

PLAIN_FAULTS = (
    "no-permission",
    "driver-gone",
    "frozen-sensor",
    "frozen-counter",
    "jumped-counter",
    "saturated-counter",
    "absurd-power",
    "clocks-stuck",
    "clocks-slow",
    "gpu-lost",
    "mig",
)


@dataclass(frozen=True, slots=True)
class Faults:
    """
    The faults that are switched on.

    `no-permission`: setting clocks is refused. `driver-gone`: every call fails. `frozen-sensor`: power,
    energy and utilisation stand still; `frozen-counter`: energy alone does. `jumped-counter`: it is off
    by ten megajoules, `saturated-counter`: at the highest number it can show. `absurd-power`: minus one
    milliwatt, which reads as four megawatts. `clocks-stuck`: clock calls succeed and change nothing;
    `clocks-slow`: each takes half a second.
    `gpu-lost` or `gpu-lost:INDEX`: all GPUs, or one, fell off the bus. `not-supported:CALL`: the card
    doesn't offer that call of the socket's protocol. `mig` is no fault: every card is split into two MIG
    instances, with all processes in the first.
    """

    names: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """True if a fault without argument is on."""
        return name in self.names

    def lost(self, index: int) -> bool:
        """True if this GPU fell off the bus."""
        return "gpu-lost" in self.names or f"gpu-lost:{index}" in self.names

    def unsupported(self, call: str) -> bool:
        """True if the card doesn't offer this call."""
        return f"not-supported:{call}" in self.names


def parse_faults(names: Iterable[str]) -> Faults:
    """Faults from their names; raises UsageError for one that doesn't exist."""
    found = frozenset(names)
    for name in found:
        if not _known(name):
            raise UsageError(
                f"unknown fault {name!r}: allowed are {', '.join(PLAIN_FAULTS)}, "
                "gpu-lost:INDEX and not-supported:CALL"
            )
    return Faults(found)


def _known(name: str) -> bool:
    kind, colon, argument = name.partition(":")
    if not colon:
        return kind in PLAIN_FAULTS
    if kind == "gpu-lost":
        return argument.isdigit()
    return kind == "not-supported" and bool(argument)
