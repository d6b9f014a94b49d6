# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Events with and without content."""

from __future__ import annotations

import pytest

from green_proxy.answer.event import has_content


@pytest.mark.parametrize(
    "event",
    [
        b'{"message":{"role":"assistant","content":"a"},"done":false}',
        b'{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}',
        b'{"message":{"role":"assistant","content":"","tool_calls":[{}]},"done":false}',
        b'{"response":"a","done":false}',
        b'{"choices":[{"delta":{"content":"a"}}]}',
        b'{"choices":[{"delta":{"reasoning_content":"a"}}]}',
        b'{"choices":[{"text":"a"}]}',
        b'{"type":"content_block_delta","delta":{"text":"a"}}',
        b'{"type":"response.output_text.delta","delta":"a"}',
        b'{"content":"a","stop":false}',
        b"no json",
        b'{"unknown":1}',
    ],
)
def test_written_text_is_content(event: bytes) -> None:
    """Text, thoughts and calls of every API; also what can't be told."""
    assert has_content(event)


@pytest.mark.parametrize(
    "event",
    [
        b"[DONE]",
        b'{"choices":[{"delta":{"role":"assistant","content":null}}]}',
        b'{"choices":[{"delta":{},"finish_reason":"stop"}]}',
        b'{"choices":[],"usage":{"prompt_tokens":1}}',
        b'{"choices":7}',
        b'{"message":{"role":"assistant","content":""},"done":true}',
        b'{"response":"","done":true,"done_reason":"load"}',
        b'{"type":"message_start","message":{"content":[]}}',
        b'{"type":"message_delta","usage":{"output_tokens":3}}',
        b'{"content":"","stop":true}',
        b'{"error":"out of memory"}',
    ],
)
def test_roles_reasons_and_counts_are_not(event: bytes) -> None:
    """Events that frame an answer are no tokens."""
    assert not has_content(event)
