# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Which requests share one generation.

(a) identical ones of one client, where the answer is decided by the request alone: temperature 0 or a seed;
(b) a newer request of a conversation that holds all of an older one takes its place;
(c) short messages that follow each other quickly become one turn. The first is never held back: only one
that comes within the window of another waits for a third.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from green_common.config import ShapingConfig
from green_proxy.request.call import Call
from green_proxy.request.identity import Identity, prefix_key
from green_proxy.shaping.dialogue import Conversation, conversation_of, ends_plainly, extends, joined

# A person who goes on typing holds his first message back no longer than this (as chat assistants do).
LONGEST_WINDOW_S = 5.0
MERGEABLE = frozenset({"/api/chat", "/v1/chat/completions", "/chat/completions", "/v1/messages"})

COUNTED = {
    "merged_identical_total": "Requests that shared the generation of an identical one.",
    "merged_superseded_total": "Requests whose generation a newer request of their conversation replaced.",
    "merged_window_total": "Requests that became one turn with a later message.",
}


Key = tuple[str, ...]


@dataclass(slots=True)
class Offer:
    """What a request can be compared by; a key of None means that there is nothing to compare."""

    identical_key: Key | None = None
    conversation_key: Key | None = None
    # As the client sent them, with the path under a key that no body has a use for.
    fields: Mapping[str, Any] = field(default_factory=dict)
    arrived_s: float = 0.0
    began_s: float = 0.0

    # Read only where two requests meet, which most never do.

    @property
    def conversation(self) -> Conversation | None:
        return conversation_of(self.fields.get("messages") or ())

    @property
    def options(self) -> Mapping[str, Any]:
        """All that shapes the answer beside the messages."""
        return {name: value for name, value in self.fields.items() if name != "messages"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a newer request relates to an older one in flight; `wait_until_s` where it waits for more."""

    kind: str
    offer: Offer
    wait_until_s: float | None = None


def offer_of(call: Call, identity: Identity, arrived_s: float) -> Offer:
    """Nothing to compare for tools, images, formats, raw prompts, and for clients that aren't known."""
    if not identity.known or call.tools or call.images or call.format or call.raw_prompt:
        return Offer()
    identical = _identical_key(call, identity) if _is_decided(call) else None
    messages = call.messages if call.path in MERGEABLE else None
    if not messages or not ends_plainly(messages):
        return Offer(identical)
    key = _conversation_key(call, identity)
    return Offer(identical, key, {**call.fields, "": call.path}, arrived_s, arrived_s)


def judge(older: Offer, newer: Offer, shaping: ShapingConfig, *, begun: bool) -> Verdict | None:
    """What the newer request does to the older one; `begun` says that the older answer has begun."""
    before, now = older.conversation, newer.conversation
    if before is None or now is None or older.options != newer.options:
        return None
    window_s = shaping.merge_window_ms / 1000
    together = joined(before, now)
    if not begun and together and _within(older, newer, together, window_s, shaping.merge_characters):
        fields = {**newer.fields, "messages": together.messages}
        offer = Offer(None, newer.conversation_key, fields, newer.arrived_s, older.began_s)
        until_s = min(newer.arrived_s + window_s, older.began_s + LONGEST_WINDOW_S)
        return Verdict("window", offer, until_s)
    if extends(before, now):
        return Verdict("superseded", newer)
    return None


def _within(older: Offer, newer: Offer, together: Conversation, window_s: float, characters: int) -> bool:
    close = newer.arrived_s - older.arrived_s <= window_s
    return close and newer.arrived_s - older.began_s <= LONGEST_WINDOW_S and together.is_short(characters)


def _is_decided(call: Call) -> bool:
    return call.temperature == 0 or call.seed is not None


def _identical_key(call: Call, identity: Identity) -> Key:
    text = json.dumps(call.fields, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return (identity.client, identity.conversation or "", call.path, digest)


def _conversation_key(call: Call, identity: Identity) -> Key | None:
    if identity.conversation is not None:
        return ("named", identity.client, identity.conversation)
    prefix = prefix_key(call) if identity.own else None
    return None if prefix is None else ("begins", identity.client, prefix)
