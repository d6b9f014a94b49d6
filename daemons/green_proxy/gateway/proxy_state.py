# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What pages are told of the proxy itself, a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from green_proxy.feed.feed import Feed
from green_proxy.gateway.idle_file import IdleFile
from green_proxy.shaping.steps import Steps
from green_proxy.upstream.server import Upstream


def state_of(upstream: Upstream, feed: Feed, steps: Steps, idle: IdleFile) -> Callable[[], dict[str, Any]]:
    """Gives what holds at the moment of the call."""
    room = steps.waiting.room

    def state() -> dict[str, Any]:
        return {
            "in_flight": feed.activity.in_flight,
            "generating": feed.activity.generating,
            "running": room.running,
            "waiting": room.waiting,
            "slots": steps.slots,
            "expected_wait_s": round(room.expected_wait_s(time.monotonic()), 1) if room.waiting else 0.0,
            "clocks_held": feed.holds.held is not None,
            "upstream_trouble": upstream.trouble,
            "idle": idle.read(),
        }

    return state
