# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The route /-/queue: who asks is told of the requests of its own conversation, and of nobody else's."""

from __future__ import annotations

from collections.abc import Callable

from green_common.config import Config
from green_proxy.door.exchange import Exchange
from green_proxy.door.keys_file import Key
from green_proxy.feed.activity import Activity
from green_proxy.gateway.replies import show_json
from green_proxy.gateway.whereabouts import Whereabouts
from green_proxy.request.identity import identify
from green_proxy.shaping.waiting import Waiting


class QueueView:
    """Joins what the waiting room and the book of what is in flight know of a request."""

    def __init__(
        self, config: Callable[[], Config], whereabouts: Whereabouts, waiting: Waiting, activity: Activity
    ) -> None:
        self._config = config
        self._whereabouts = whereabouts
        self._waiting = waiting
        self._activity = activity

    async def show(self, exchange: Exchange, key: Key | None) -> None:
        """Raises Fault 400 for a conversation that is no plain short text."""
        header = self._config().proxy.conversation_header
        conversation = identify(exchange.headers, exchange.peer, key, header).conversation
        found = self._whereabouts.of(conversation, self._waiting.place, self._activity.phase_of)
        show_json(exchange, {"requests": found})
