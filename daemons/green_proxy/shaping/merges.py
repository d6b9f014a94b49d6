# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The flights in flight that a newcomer may join or take over."""

from __future__ import annotations

from green_common.config import ShapingConfig
from green_proxy.answer.flight import MAX_LISTENERS, Flight
from green_proxy.answer.listener import Listener
from green_proxy.shaping.merge import COUNTED, Key, Offer, Verdict, judge

MERGE = b"Merge"
COUNT_OF = {"superseded": "merged_superseded_total", "window": "merged_window_total"}


class Merges:
    """At most one flight a conversation, and one for each identical request."""

    def __init__(self) -> None:
        self.counts: dict[str, float] = dict.fromkeys(COUNTED, 0)
        self._identical: dict[Key, Flight] = {}
        self._conversations: dict[Key, tuple[Flight, Offer]] = {}

    def join(self, offer: Offer, listener: Listener) -> bool:
        """Let the listener share the flight of an identical request; False where there is none."""
        flight = self._identical.get(offer.identical_key) if offer.identical_key else None
        if flight is None or not flight.joinable:
            return False
        listener.note(MERGE, "identical; first=" + flight.listeners[0].id)
        flight.join(listener)
        self.counts["merged_identical_total"] += 1
        return True

    def take_over(self, offer: Offer, flight: Flight, shaping: ShapingConfig) -> Verdict | None:
        """Let the new flight take the place of an older one of its conversation where it may."""
        found = self._conversations.get(offer.conversation_key) if offer.conversation_key else None
        if found is None:
            return None
        older, older_offer = found
        verdict = judge(older_offer, offer, shaping, begun=older.head_seen is not None)
        if verdict is None or older.ended:
            return None
        if older.head_seen is None and len(older.listeners) >= MAX_LISTENERS:
            return None
        # Who gave way before is taken along, but was counted then.
        merged = sum(not one.gave_way for one in older.listeners)
        if older.head_seen is not None:
            if not older.end_early():
                return None
            self.counts[COUNT_OF[verdict.kind]] += merged
            flight.listeners[0].note(MERGE, f"{verdict.kind}; requests={merged + 1}")
            return verdict
        self.counts[COUNT_OF[verdict.kind]] += merged
        for listener in older.listeners:
            listener.gave_way = True
            listener.note(MERGE, f"{verdict.kind}; newest={flight.listeners[0].id}")
        newest, requests = flight.listeners[0], len(older.listeners) + 1
        newest.note(MERGE, f"{verdict.kind}; requests={requests}")
        flight.adopt(older)
        return verdict

    def enter(self, offer: Offer, flight: Flight) -> None:
        if offer.identical_key:
            other = self._identical.get(offer.identical_key)
            if other is None or not other.joinable:
                self._identical[offer.identical_key] = flight
                flight.keep()
        if offer.conversation_key:
            self._conversations[offer.conversation_key] = (flight, offer)

    def forget(self, offer: Offer, flight: Flight) -> None:
        if offer.identical_key and self._identical.get(offer.identical_key) is flight:
            del self._identical[offer.identical_key]
        if offer.conversation_key and self._conversations.get(offer.conversation_key, (None,))[0] is flight:
            del self._conversations[offer.conversation_key]
