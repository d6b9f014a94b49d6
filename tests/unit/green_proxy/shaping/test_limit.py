# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The limits on one request together."""

from __future__ import annotations

import json

import pytest

from green_common.config import ShapingConfig
from green_proxy.fault import Fault
from green_proxy.request.call import Call, read_call
from green_proxy.shaping.limit import COUNTED, Limit


def asked() -> Call:
    body = {"model": "m", "messages": [{"role": "user", "content": "a", "images": ["A"]}]}
    return read_call("/api/chat", json.dumps(body).encode())


def test_as_installed_the_context_is_the_cap_and_thinking_is_left() -> None:
    """No answer is longer than what the model can hold."""
    call, limit = asked(), Limit(ShapingConfig)

    limit.check(call, "anna", is_ollama=True)
    limit.cap(call, is_ollama=True, context_tokens=8192)

    assert call.options == {"num_predict": 8192}
    assert "think" not in call.fields
    assert set(limit.counts) == set(COUNTED)
    assert limit.counts["capped_requests_total"] == 1


def test_a_cap_of_ones_own_goes_before() -> None:
    """For servers whose context is not known too."""
    call, settings = asked(), ShapingConfig(max_output_tokens=50, thinking="off")
    limit = Limit(lambda: settings)

    limit.check(call, "anna", is_ollama=True)
    limit.cap(call, is_ollama=True, context_tokens=None)

    assert call.options == {"num_predict": 50}
    assert call.fields["think"] is False


def test_other_servers_end_at_their_context_by_themselves() -> None:
    """Some refuse a limit that does not fit beside the prompt."""
    call = read_call("/v1/chat/completions", b'{"messages":[]}')

    Limit(ShapingConfig).cap(call, is_ollama=False, context_tokens=8192)

    assert not call.changed


@pytest.mark.parametrize("settings", [ShapingConfig(cap=False, max_images=0)])
def test_what_is_switched_off_does_nothing(settings: ShapingConfig) -> None:
    """The request goes on as it came."""
    call, limit = asked(), Limit(lambda: settings)

    limit.check(call, "anna", is_ollama=True)
    limit.cap(call, is_ollama=True, context_tokens=10)

    assert call.body() == call.raw


def test_images_are_limited() -> None:
    """Before anything is changed."""
    body = {"messages": [{"content": "a", "images": ["A", "B"]}]}
    call = read_call("/api/chat", json.dumps(body).encode())

    with pytest.raises(Fault):
        Limit(lambda: ShapingConfig(max_images=1)).check(call, "anna", is_ollama=True)

    assert not call.changed
