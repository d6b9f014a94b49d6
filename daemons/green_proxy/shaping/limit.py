# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Limits on one request: its images, its thinking and the length of its answer."""

from __future__ import annotations

from collections.abc import Callable

from green_common.config import ShapingConfig
from green_proxy.request.call import Call
from green_proxy.shaping import cap, images, thinking
from green_proxy.shaping.cap import Cap
from green_proxy.shaping.images import Images
from green_proxy.shaping.thinking import Thinking

COUNTED = {**images.COUNTED, **thinking.COUNTED, **cap.COUNTED}


class Limit:
    """Applies each as the settings have it."""

    def __init__(self, settings: Callable[[], ShapingConfig]) -> None:
        self._settings = settings
        self._images, self._thinking, self._cap = Images(), Thinking(), Cap()

    @property
    def counts(self) -> dict[str, float]:
        return {**self._images.counts, **self._thinking.counts, **self._cap.counts}

    def check(self, call: Call, client: str, *, is_ollama: bool) -> None:
        """Images and thinking. Raises Fault 400."""
        settings = self._settings()
        self._images.check(call, settings.max_images)
        self._thinking.apply(call, client, settings, is_ollama=is_ollama)

    def cap(self, call: Call, *, is_ollama: bool, context_tokens: int | None) -> None:
        """
        The length of the answer. `context_tokens` is the model's context, None where it is unknown.

        Servers other than Ollama end an answer at the context by themselves, and some refuse a limit
        that does not fit beside the prompt.
        """
        settings = self._settings()
        if settings.cap:
            cap_tokens = settings.max_output_tokens or (context_tokens if is_ollama else None)
            self._cap.apply(call, cap_tokens, is_ollama=is_ollama)
