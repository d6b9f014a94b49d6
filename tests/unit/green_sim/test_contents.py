# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a message may hold, in each API's own shape."""

from __future__ import annotations

from typing import Any

import pytest

from green_sim.engine.tokens import count_tokens
from green_sim.ollama.body import ApiError
from green_sim.ollama.contents import IMAGE_TOKENS, render_content

PIXEL = "aGVsbG8="


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        {"type": "image_url", "image_url": f"data:image/png;base64,{PIXEL}"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
    ],
)
def test_image_costs_the_same_in_every_api(part: dict[str, Any]) -> None:
    """As many tokens as the real server reckons."""
    assert count_tokens(render_content([part])) == IMAGE_TOKENS


@pytest.mark.parametrize("kind", ["text", "input_text", "output_text"])
def test_text_parts_are_joined(kind: str) -> None:
    """Under each of their names."""
    assert render_content([{"type": kind, "text": "a"}, {"type": kind, "text": "b"}]) == "ab"


def test_result_of_a_tool_is_read() -> None:
    """Also where it is a list of blocks itself."""
    result = {"type": "tool_result", "tool_use_id": "x", "content": [{"type": "text", "text": "42"}]}

    assert render_content([result]) == "42"


def test_earlier_thoughts_are_left_out() -> None:
    """No template shows them again."""
    assert render_content([{"type": "thinking", "thinking": "hm"}]) == ""


@pytest.mark.parametrize(
    "content",
    [
        5,
        ["text"],
        [{"type": "video"}],
        [{"type": "image_url", "image_url": {"url": "http://example.com/cat.png"}}],
        [{"type": "image", "source": {"type": "base64", "data": "not base64!"}}],
        [{"type": "image", "source": "x"}],
    ],
)
def test_other_content_is_refused(content: Any) -> None:
    """With status 400."""
    with pytest.raises(ApiError) as caught:
        render_content(content)

    assert caught.value.status == 400
