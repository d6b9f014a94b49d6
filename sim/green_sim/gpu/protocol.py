# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The driver's calls as lines of text, one request and one reply each, over a stream socket.

A request is a call and its arguments, split by single spaces, ended by a newline, at most 512 bytes:

    driver_version | gpu_count | index UUID
    uuid I | name I | power_instant I | power_average I | energy I | utilisation I | clock I sm|memory
    memory I | temperature I | power_limit I | clock_event_reasons I | memory_clocks I
    sm_clocks I MEMORY_MHZ | processes I | process_utilisation I | performance_state I | persistence I
    instances I
    lock_sm I LOW HIGH | reset_sm I | lock_memory I LOW HIGH | reset_memory I

I is the index of a GPU. A reply is `ok`, followed by the values, or `error CODE text`, where CODE is one
of no_permission, not_supported, gpu_lost, driver_gone, not_found, invalid_argument, bad_request. Power is
in milliwatts, energy in millijoules, memory in bytes (used, then total), clocks in MHz, utilisation in
percent (GPU, then memory), processes `PID:BYTES`, their utilisation `PID:UNIX_US:GPU:MEMORY`, MIG instances
`UUID:NAME:USED:TOTAL:PID,PID` (not supported where the card is whole).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from green_sim.gpu.card import MEMORY_TOTAL_BYTES, NAME, POWER_LIMIT_W, Card, ClockRange
from green_sim.gpu.curves import MEMORY_CLOCKS_MHZ, SM_CLOCKS_MHZ
from green_sim.gpu.faults import Faults
from green_sim.gpu.instances import instances
from green_sim.gpu.share import sm_percents
from green_sim.machine import Machine

DRIVER_VERSION = "580.159.04-simulated"
MAX_LINE_BYTES = 512
PRIVILEGED = frozenset({"lock_sm", "reset_sm", "lock_memory", "reset_memory"})
# A driver tells neither of a card that is split.
WHOLE_CARDS_ONLY = frozenset({"utilisation", "process_utilisation"})
POWERS = frozenset({"power_instant", "power_average"})
ABSURD_POWER_MW = str(2**32 - 1)
SATURATED_MJ = str(2**64 - 1)
JUMP_MJ = 10**10
REFUSAL = "the simulated driver refuses to set clocks"


# What reading the energy counter takes the real driver; every other call is instant.
ENERGY_S = 0.004
SLOW_CLOCKS_S = 0.5


def takes_s(faults: Faults, line: str) -> float:
    """How long a call takes before it has any effect."""
    call = line.partition(" ")[0]
    if call in PRIVILEGED and faults.has("clocks-slow"):
        return SLOW_CLOCKS_S
    return ENERGY_S if call == "energy" else 0.0


class CallError(Exception):
    """A call that is answered with an error."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"error {code} {text}")


def answer(machine: Machine, now_s: float, line: str) -> str:
    """The reply to one request, without the newline; never raises for what a client sends."""
    call, _, rest = line.partition(" ")
    try:
        return f"ok {_call(machine, now_s, call, rest.split())}".rstrip()
    except CallError as error:
        return str(error)


def _call(machine: Machine, now_s: float, call: str, arguments: list[str]) -> str:
    if machine.faults.has("driver-gone"):
        raise CallError("driver_gone", "the simulated driver is not loaded")
    machine.advance(now_s)
    if call == "driver_version":
        return DRIVER_VERSION
    if call == "gpu_count":
        return str(len(machine.cards))
    if call == "index":
        return _index(machine, arguments)
    if call not in READS and call not in PRIVILEGED and call != "process_utilisation":
        raise CallError("bad_request", f"unknown call {call[:40]!r}")
    card = _card(machine, arguments)
    if machine.faults.lost(card.index):
        raise CallError("gpu_lost", f"simulated GPU {card.index} fell off the bus")
    if machine.faults.unsupported(call):
        raise CallError("not_supported", f"the simulated GPU does not offer {call}")
    if call in (WHOLE_CARDS_ONLY if machine.faults.has("mig") else {"instances"}):
        raise CallError("not_supported", f"the simulated GPU does not offer {call} while it is as it is")
    if call in PRIVILEGED:
        return _set_clocks(machine, now_s, call, card, arguments[1:])
    if call == "process_utilisation":
        return _process_utilisation(machine, card)
    return _spoiled(machine.faults, call, READS[call](card, arguments[1:]))


def _spoiled(faults: Faults, call: str, reply: str) -> str:
    """The nonsense that a sensor says, where it is told to."""
    if call in POWERS and faults.has("absurd-power"):
        return ABSURD_POWER_MW
    if call == "energy" and faults.has("saturated-counter"):
        return SATURATED_MJ
    if call == "energy" and faults.has("jumped-counter"):
        return str(int(reply) + JUMP_MJ)
    return reply


def _index(machine: Machine, arguments: list[str]) -> str:
    for card in machine.cards:
        if arguments == [card.uuid]:
            return str(card.index)
    raise CallError("not_found", "no simulated GPU has this UUID")


def _card(machine: Machine, arguments: list[str]) -> Card:
    index = _number(arguments, 0)
    if index >= len(machine.cards):
        raise CallError("not_found", f"there are {len(machine.cards)} simulated GPUs, no number {index}")
    return machine.cards[index]


def _number(arguments: list[str], position: int) -> int:
    text = arguments[position] if position < len(arguments) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise CallError("invalid_argument", f"argument {position + 1} has to be a whole number")
    return int(text)


def _set_clocks(machine: Machine, now_s: float, call: str, card: Card, arguments: list[str]) -> str:
    if machine.faults.has("no-permission"):
        raise CallError("no_permission", REFUSAL)
    wanted = _range(arguments) if call.startswith("lock_") else None
    if not machine.faults.has("clocks-stuck"):
        machine.set_clocks(now_s, card, call, wanted)
    return ""


def _range(arguments: list[str]) -> ClockRange:
    wanted = ClockRange(_number(arguments, 0), _number(arguments, 1))
    if wanted.low_mhz > wanted.high_mhz:
        raise CallError("invalid_argument", "the low clock is above the high clock")
    return wanted


def _milli(value: float) -> str:
    return str(round(value * 1000))


def _clock(card: Card, arguments: list[str]) -> str:
    if arguments == ["sm"]:
        return str(card.clock.sm_mhz)
    if arguments == ["memory"]:
        return str(card.clock.memory_mhz)
    raise CallError("invalid_argument", "the clock is sm or memory")


def _sm_clocks(_card: Card, arguments: list[str]) -> str:
    if _number(arguments, 0) not in MEMORY_CLOCKS_MHZ:
        raise CallError("not_found", "no such memory clock")
    return " ".join(str(clock) for clock in reversed(SM_CLOCKS_MHZ))


def _utilisation(card: Card, _arguments: list[str]) -> str:
    published = card.sensors.published
    return f"{published.gpu_percent} {published.memory_percent}"


def _processes(card: Card, _arguments: list[str]) -> str:
    return " ".join(f"{pid}:{process.memory_bytes}" for pid, process in card.processes.items())


def _process_utilisation(machine: Machine, card: Card) -> str:
    """The driver reports the processes that worked; with none it says not found."""
    published = card.sensors.published
    worked = sm_percents(card, machine.server_pid) if published.gpu_percent else {}
    if not worked:
        raise CallError("not_found", "nothing ran")
    now_us = time.time_ns() // 1000
    return " ".join(f"{pid}:{now_us}:{sm}:{published.memory_percent}" for pid, sm in worked.items())


READS: dict[str, Callable[[Card, list[str]], str]] = {
    "uuid": lambda card, _: card.uuid,
    "name": lambda _card, _: NAME,
    "power_instant": lambda card, _: _milli(card.sensors.published.power_instant_w),
    "power_average": lambda card, _: _milli(card.sensors.published.power_average_w),
    "energy": lambda card, _: _milli(card.sensors.published.energy_j),
    "utilisation": _utilisation,
    "clock": _clock,
    "memory": lambda card, _: f"{card.memory_used_bytes} {MEMORY_TOTAL_BYTES}",
    "temperature": lambda card, _: str(round(card.temperature_c)),
    "power_limit": lambda _card, _: _milli(POWER_LIMIT_W),
    "clock_event_reasons": lambda card, _: str(card.clock_event_reasons),
    "memory_clocks": lambda _card, _: " ".join(str(clock) for clock in reversed(MEMORY_CLOCKS_MHZ)),
    "sm_clocks": _sm_clocks,
    "processes": _processes,
    "instances": lambda card, _: instances(card),
    "performance_state": lambda _card, _: "0",
    "persistence": lambda _card, _: "1",
}
