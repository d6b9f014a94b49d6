# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How long a request may take, phase by phase."""

from __future__ import annotations

from dataclasses import dataclass

from green_common.feed.reasons import TIME_LIMIT
from green_proxy.fault import Fault, UpstreamLost

GATEWAY_TIMEOUT = 504


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each phase; 0 for no limit."""

    connect_s: float = 5.0
    first_byte_s: float = 0.0
    between_s: float = 0.0
    total_s: float = 0.0


def overdue(
    limits: Limits, now_s: float, *, began_s: float, quiet_since_s: float, answered: bool
) -> Fault | UpstreamLost | None:
    """What the client is told where a limit is over; `quiet_since_s` is when bytes last moved."""
    if limits.total_s and now_s - began_s >= limits.total_s:
        text = f"the request took longer than {limits.total_s:g} s (proxy.total_timeout_s)"
        return _too_slow(text, answered)
    quiet_limit_s = limits.between_s if answered else limits.first_byte_s
    if quiet_limit_s and now_s - quiet_since_s >= quiet_limit_s:
        key = "proxy.token_timeout_s" if answered else "proxy.first_token_timeout_s"
        return _too_slow(f"the model server said nothing for {quiet_limit_s:g} s ({key})", answered)
    return None


def _too_slow(text: str, answered: bool) -> Fault | UpstreamLost:
    return UpstreamLost(text, TIME_LIMIT) if answered else Fault(GATEWAY_TIMEOUT, text, TIME_LIMIT)
