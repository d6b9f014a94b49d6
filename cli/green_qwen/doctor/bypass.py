# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Clients that go round green-proxy: what they do is not shaped, and keeps clocks up."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from green_common.errors import GreenError
from green_common.history import Query, read_history
from green_qwen.doctor.connections import Connection
from green_qwen.doctor.finding import OK, UNKNOWN, WARNING, Finding
from green_qwen.doctor.mending import set_variable
from green_qwen.terminal.plain import plain

NAME, OPEN = "clients that bypass green-proxy", "address of Ollama"
PROXY = "green-proxy.service"
DAY_S = 86_400.0
MOST_ALERTS = 100
SHOWN = 4
MEND = "point them to port 18789, which speaks the same API"
COST = "What they do is not shaped, has no receipt, and keeps clocks up"


def judge_connections(connections: Sequence[Connection], port: int, server: str) -> Finding:
    """From the client's end where it is here, from the server's where it is elsewhere."""
    ours = [one for one in connections if one.remote_port == port and _is_here(one.remote)]
    unknown = [one for one in ours if one.holder is None]
    around = sorted({one.holder for one in ours if one.holder and one.holder not in (PROXY, server)})
    afar = sorted({one.remote for one in connections if one.local_port == port and not _is_here(one.remote)})
    strange = [plain(name) for name in (*around, *afar)]
    if strange:
        names = ", ".join(strange[:SHOWN]) + (
            f" and {len(strange) - SHOWN} more" if len(strange) > SHOWN else ""
        )
        return Finding(NAME, WARNING, f"{names} talk to port {port} themselves. {COST}; {MEND}")
    if unknown:
        text = f"whose {len(unknown)} connections to port {port} are is root's to know:"
        return Finding(NAME, UNKNOWN, text, ("sudo green-qwen doctor",))
    return Finding(NAME, OK, f"nobody but {PROXY} is connected to port {port} now")


def judge_alerts(alerts: Sequence[Mapping[str, Any]]) -> Finding:
    """What green-telemetry saw in the last day: the GPU worked, and the proxy knew nothing of it."""
    if not alerts:
        return Finding(
            NAME, OK, "green-telemetry has seen none in the last day, as far as this user may read"
        )
    last = time.strftime("%H:%M", time.localtime(alerts[-1].get("at_s") or 0.0))
    times = f"{len(alerts)} times in the last day, last at {last}"
    text = f"green-telemetry saw the GPU work without a request {times}. "
    return Finding(
        NAME, WARNING, f"{text}{COST}; {MEND}:", ("journalctl -u green-telemetry --since -1day -p warning",)
    )


def judge_address(environ: Mapping[str, str], unit: str) -> Finding:
    """Whether other machines can reach Ollama at all."""
    host = environ.get("OLLAMA_HOST", "").strip(" \"'")
    name = urlsplit(host if "://" in host else f"//{host}").hostname or ""
    if not host or (name and _is_here(name)):
        return Finding(OPEN, OK, "Ollama listens on this machine alone")
    text = (
        f"OLLAMA_HOST={plain(host)} lets other machines in without green-proxy's keys, and round its queue:"
    )
    return Finding(OPEN, WARNING, text, set_variable(unit, "OLLAMA_HOST", "127.0.0.1:11434"))


def read_alerts(now_s: float) -> Iterator[Mapping[str, Any]]:
    """Of the last day; none where the journal can't be read."""
    try:
        yield from read_history(Query(("alert.bypass",), since_s=now_s - DAY_S, limit=MOST_ALERTS))
    except GreenError:
        return


def _is_here(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
