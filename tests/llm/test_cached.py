# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the feed says of a prompt that llama-server has in its cache already."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from green_common.feed.messages import Finished
from integration.proxy_rig import Proxy, messages_until

SYSTEM = "Short questions, each with a short and true answer. " * 8
QUESTION = {"role": "user", "content": "What is energy?"}
CHAT = {"messages": [{"role": "system", "content": SYSTEM}, QUESTION], "max_tokens": 4}
CALLS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": CHAT,
    "/v1/messages": {"messages": [QUESTION], "system": SYSTEM, "max_tokens": 4},
    "/v1/responses": {"input": CHAT["messages"], "max_output_tokens": 4},
    "/completion": {"prompt": SYSTEM, "n_predict": 4},
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", CALLS)
def test_cached_tokens_are_told(proxy: Proxy, path: str, stream: bool) -> None:
    """The same prompt again: all of it is counted, and nearly all of it as cached."""
    feed = proxy.feed()
    body = {"model": "gemma", "stream": stream, "temperature": 0, **CALLS[path]}

    told = []
    for _ in range(2):
        httpx.post(f"{proxy.url}{path}", json=body, timeout=300).raise_for_status()
        told.append(messages_until(feed, Finished)[-1])

    first, again = told
    assert first.prompt_tokens == again.prompt_tokens
    assert again.prompt_tokens - 8 <= again.cached_tokens < again.prompt_tokens
