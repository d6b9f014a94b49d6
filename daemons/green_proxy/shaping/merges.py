# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The flights in flight that a newcomer may join or take over."""

from __future__ import annotations

from green_common.config import ShapingConfig
from green_proxy.answer.flight import Flight
from green_proxy.answer.listener import Listener
from green_proxy.shaping.merge import COUNTED, Offer, Verdict, judge

MERGE = b"Merge"


class Merges:
    """At most one flight a conversation, and one for each identical request."""

    def __init__(self) -> None:
        self.counts: dict[str, float] = dict.fromkeys(COUNTED, 0)
        self._identical: dict[str, Flight] = {}
        self._conversations: dict[str, tuple[Flight, Offer]] = {}

    def join(self, offer: Offer, listener: Listener) -> Flight | None:
        """The flight of an identical request, with the listener aboard; None where there is none."""
        flight = self._identical.get(offer.identical_key or "")
        if flight is None or not flight.joinable:
            return None
        listener.note(MERGE, "identical; first=" + flight.listeners[0].id)
        flight.join(listener)
        self.counts["merged_identical_total"] += 1
        return flight

    def take_over(self, offer: Offer, flight: Flight, shaping: ShapingConfig) -> Verdict | None:
        """Let the new flight take the place of an older one of its conversation where it may."""
        found = self._conversations.get(offer.conversation_key or "")
        if found is None:
            return None
        older, older_offer = found
        verdict = judge(older_offer, offer, shaping, begun=older.head_seen is not None)
        if verdict is None or older.ended:
            return None
        if older.head_seen is not None and not older.can_end_early:
            return None
        # Who gave way before is taken along, but was counted then.
        self.counts[f"merged_{verdict.kind}_total"] += sum(not one.gave_way for one in older.listeners)
        if older.head_seen is not None:
            older.end_early()
            return verdict
        for listener in older.listeners:
            listener.gave_way = True
            listener.note(MERGE, f"{verdict.kind}; newest={flight.listeners[0].id}")
        newest, requests = flight.listeners[0], len(older.listeners) + 1
        newest.note(MERGE, f"{verdict.kind}; requests={requests}")
        flight.adopt(older)
        return verdict

    def enter(self, offer: Offer, flight: Flight) -> None:
        if offer.identical_key and offer.identical_key not in self._identical:
            self._identical[offer.identical_key] = flight
            flight.keep()
        if offer.conversation_key:
            self._conversations[offer.conversation_key] = (flight, offer)

    def forget(self, offer: Offer, flight: Flight) -> None:
        if offer.identical_key and self._identical.get(offer.identical_key) is flight:
            del self._identical[offer.identical_key]
        if offer.conversation_key and self._conversations.get(offer.conversation_key, (None,))[0] is flight:
            del self._conversations[offer.conversation_key]
