# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Texts and images of messages."""

from __future__ import annotations

from typing import Any

import pytest

from green_proxy.request.content import images_in, text_of


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("hello", "hello"),
        (None, ""),
        ({"text": "no content has this form"}, ""),
        ([{"type": "text", "text": "a"}, {"type": "image_url"}, "b", 7, {"text": 7}], "ab"),
    ],
)
def test_the_text_is_found(content: Any, text: str) -> None:
    """Strings and lists of parts."""
    assert text == text_of(content)


@pytest.mark.parametrize(
    ("message", "images"),
    [
        ({"content": "hello"}, 0),
        ({"content": "hello", "images": ["A", "B"]}, 2),
        ({"images": None, "content": None}, 0),
        ({"content": [{"type": "image_url"}, {"type": "text"}, {"type": "image_url"}]}, 2),
        ({"content": [{"type": "image"}, {"type": "tool_result", "content": [{"type": "image"}]}]}, 2),
        ({"type": "function_call_output", "output": [{"type": "input_image"}]}, 1),
    ],
)
def test_images_of_all_dialects_are_counted(message: dict[str, Any], images: int) -> None:
    """Those within a tool's result too."""
    assert images == images_in(message)
