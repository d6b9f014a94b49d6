# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A limit on images: each costs as much prefill as pages of text."""

from __future__ import annotations

from green_proxy.fault import Fault
from green_proxy.request.call import Call

COUNTED = {
    "images_refused_requests_total": "Requests refused because they held more images than allowed.",
}


class Images:
    """Refuses requests with too many."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTED, 0.0)

    def check(self, call: Call, max_images: int) -> None:
        """Raises Fault 400; 0 is no limit."""
        if not max_images or call.images <= max_images:
            return
        self.counts["images_refused_requests_total"] += 1
        text = f"the request holds {call.images} images; at most {max_images} are allowed"
        raise Fault(400, f"{text} (shaping.max_images in green-qwen.toml)")
