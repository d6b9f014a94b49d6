# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the feed has said so far, folded into one value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from green_common.feed.messages import (
    Accepted,
    Beat,
    FromProxy,
    Granted,
    Hello,
    Parked,
    ParkRefused,
    Refused,
)

# Answers to what was asked here: nobody uses the GPU for them.
ANSWERS = (Granted, Refused, Parked, ParkRefused)


@dataclass(frozen=True, slots=True)
class Activity:
    """The requests that green-proxy accepted and has in flight, and when it last spoke of them."""

    beat_at_s: float
    active_at_s: float
    accepted: int = 0
    in_flight: int = 0
    greeted: bool = False

    def shown_by(self, message: FromProxy) -> bool:
        """True where the message shows that somebody uses the GPU, or did so unseen."""
        if isinstance(message, Hello | Beat):
            unseen = self.greeted and message.accepted != self.accepted
            return message.in_flight > 0 or unseen
        return not isinstance(message, ANSWERS)

    def after(self, message: FromProxy, at_s: float) -> Activity:
        """What is known once this message was read at this time."""
        active_at_s = at_s if self.shown_by(message) else self.active_at_s
        if isinstance(message, Hello | Beat):
            return Activity(at_s, active_at_s, message.accepted, message.in_flight, greeted=True)
        if isinstance(message, ANSWERS):
            return self
        arrived = isinstance(message, Accepted)
        # Only a count of the proxy's own lowers what is in flight, so that a lost end is made good.
        return replace(
            self,
            active_at_s=active_at_s,
            accepted=self.accepted + arrived,
            in_flight=max(self.in_flight + arrived, 1),
        )
