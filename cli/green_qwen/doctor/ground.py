# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Everything that the checks look at, read once; the judging is theirs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from green_common.config import Config, salvage_config
from green_common.errors import GreenError
from green_qwen.doctor.beliefs import judge_beliefs
from green_qwen.doctor.boost import judge_boost
from green_qwen.doctor.bypass import judge_address, judge_alerts, judge_connections, read_alerts
from green_qwen.doctor.card import Card, judge_card, read_card
from green_qwen.doctor.connections import read_connections
from green_qwen.doctor.doors import judge_doors, read_doors, read_membership
from green_qwen.doctor.finding import Finding
from green_qwen.doctor.memory import judge_memory
from green_qwen.doctor.ollama import Ollama, read_ollama
from green_qwen.doctor.ports import judge_ports, read_ports
from green_qwen.doctor.resting import judge_resting
from green_qwen.doctor.server import judge_server
from green_qwen.doctor.slots import judge_slots
from green_qwen.doctor.systemd import Unit, read_unit
from green_qwen.doctor.thinking import judge_thinking
from green_qwen.doctor.units import SERVICES, SOCKETS, judge_units
from green_qwen.idle_state import IdleState, read_idle_state

OLLAMA_PORT = 11434


@dataclass(frozen=True, slots=True)
class Ground:
    """This machine as far as this user may look."""

    config: Config
    units: Mapping[str, Unit | None]
    server: Unit | None
    ollama: Ollama
    card: Card
    idle: IdleState | None

    @property
    def server_name(self) -> str:
        return self.config.gpu.model_server_unit

    @property
    def environ(self) -> Mapping[str, str] | None:
        """Of an Ollama that systemd starts here; None where nobody knows it."""
        known = self.server is not None and self.server.there and self.ollama.version is not None
        return self.server.environ if known and self.server is not None else None

    def runs(self, service: str) -> bool:
        unit = self.units.get(service)
        return unit is not None and unit.active == "active"


def read_ground() -> Ground:
    """What is wrong in the configuration is another check's to say; here the rest of it counts."""
    config = salvage_config(None, os.environ).config
    return Ground(
        config=config,
        units={name: read_unit(name) for name in (*SERVICES, *SOCKETS)},
        server=read_unit(config.gpu.model_server_unit),
        ollama=read_ollama(config.proxy.upstream),
        card=read_card(config.gpu),
        idle=_idle(config),
    )


def judge_ground(ground: Ground) -> Iterator[Finding]:
    yield from judge_units(tuple(ground.units.values()))
    yield from _doors(ground)
    yield from judge_card(ground.card)
    yield from judge_resting(ground.idle)
    yield from judge_server(ground.ollama, ground.server, ground.server_name)
    yield from _model_server(ground)
    yield from _bypass(ground)


def _doors(ground: Ground) -> Iterator[Finding]:
    runs = {
        "proxy_runs": ground.runs("green-proxy.service"),
        "telemetry_runs": ground.runs("green-telemetry.service"),
    }
    yield from judge_doors(read_doors(ground.config, **runs), read_membership(ground.config.feed.group))
    yield from judge_ports(read_ports(ground.config, **runs))


def _model_server(ground: Ground) -> Iterator[Finding]:
    models = ground.ollama.models
    if ground.environ is not None and ground.server is not None:
        name = ground.server_name
        yield judge_slots(ground.environ, ground.config.shaping, name)
        yield from judge_memory(ground.environ, models, name)
        yield judge_address(ground.environ, name)
        yield from judge_beliefs(ground.environ, models, ground.server.drop_ins, name)
        yield judge_boost(ground.server, ground.card, ground.idle)
    if ground.ollama.version is not None:
        yield judge_thinking(models, ground.config.shaping)


def _bypass(ground: Ground) -> Iterator[Finding]:
    port = urlsplit(ground.config.proxy.upstream).port or OLLAMA_PORT
    if ground.runs("green-proxy.service"):
        yield judge_connections(read_connections(port), port, ground.server_name)
    if ground.runs("green-telemetry.service"):
        yield judge_alerts(list(read_alerts(time.time())))


def _idle(config: Config) -> IdleState | None:
    try:
        return read_idle_state(config.idle.held_file)
    except GreenError:
        return None
