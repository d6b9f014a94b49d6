# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What model servers say of themselves."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given, strategies as st

from green_proxy.models.replies import (
    Props,
    context_lengths,
    full_name,
    load_path,
    loaded_models,
    props,
    time_left_s,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["models", "data", "name", "id", "context_length", "max_model_len", "n_ctx"])
            | st.sampled_from(["capabilities", "default_generation_settings", "total_slots", "remote_host"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def said(content: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=content)


def test_a_tag_is_not_a_port() -> None:
    """A registry's port does not make a tag."""
    assert full_name("host:5000/a/b") == "host:5000/a/b:latest"
    assert full_name("a/b:q4") == "a/b:q4"


@pytest.mark.parametrize("name", ["Qwen3", "library/qwen3:latest", "registry.ollama.ai/library/qwen3"])
def test_spellings_of_one_name_are_one_model(name: str) -> None:
    """Ollama shows the shortest, whatever the client wrote."""
    assert full_name(name) == "qwen3:latest"


def test_ollama_says_what_is_loaded_and_with_which_context() -> None:
    """Older versions say no context."""
    answer = {"models": [{"name": "Qwen3:32b", "context_length": 8192}, {"name": "old"}]}

    assert loaded_models(said(answer)) == {"qwen3:32b": 8192, "old:latest": None}


@pytest.mark.parametrize(
    ("card", "path"),
    [
        ({"capabilities": ["completion", "tools"]}, "/api/generate"),
        ({"capabilities": ["embedding"]}, "/api/embed"),
        ({"capabilities": ["image"]}, None),
        ({}, "/api/generate"),
        ({"capabilities": ["completion"], "remote_host": "https://ollama.com"}, None),
    ],
)
def test_a_model_is_loaded_on_the_route_that_it_has(card: dict[str, Any], path: str | None) -> None:
    """What paints or runs elsewhere is not loaded beforehand."""
    assert load_path(said(card)) == path


def test_a_model_that_is_not_there_is_not_loaded() -> None:
    """The request itself gets the server's word about it."""
    assert load_path(said({"error": "model 'x' not found"}, 404)) is None


def test_llama_server_says_its_slots_and_their_context() -> None:
    """The context of each slot, which is what one request can fill."""
    answer = {"default_generation_settings": {"id": 0, "n_ctx": 4096}, "total_slots": 4}

    assert props(said(answer)) == Props(4, 4096)


def test_vllm_says_the_longest_context() -> None:
    """Of each name that it answers to; one without a length is left out."""
    answer = {"data": [{"id": "Qwen/Qwen3-32B", "max_model_len": 40960}, {"id": "other"}]}

    assert context_lengths(said(answer)) == {"qwen/qwen3-32b:latest": 40960}


@given(JSON)
def test_nonsense_is_nothing_known(content: Any) -> None:
    """Whatever answers at that port, the proxy is not harmed by it."""
    answer = said(content)

    loaded_models(answer)
    load_path(answer)
    props(answer)
    context_lengths(answer)


@pytest.mark.parametrize("content", [b"", b"Not Found", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_nothing_known(content: bytes) -> None:
    """A web server of another kind, say."""
    answer = httpx.Response(200, content=content)

    assert (loaded_models(answer), props(answer), context_lengths(answer)) == (None, None, {})


@pytest.mark.parametrize(
    ("expires_at", "left_s"),
    [
        ("2026-01-01T00:05:00Z", 300.0),
        ("2026-01-01T01:05:00.123456789+01:00", 300.0),
        ("2318-04-12T00:00:00Z", pytest.approx(9.22e9, rel=0.01)),
        ("2026-02-30T00:00:00Z", None),
        ("0001-01-01T00:00:00Z", pytest.approx(-6.39e10, rel=0.01)),
        ("tomorrow", None),
        (5, None),
        (None, None),
    ],
)
def test_the_time_left_is_read_from_the_end(expires_at: object, left_s: Any) -> None:
    """By the date of the answer, not by our own clock."""
    models = {"models": [{"name": "m", "expires_at": expires_at}]}
    response = httpx.Response(200, json=models, headers={"date": "Thu, 01 Jan 2026 00:00:00 GMT"})

    assert time_left_s(response, 0.0) == {"m:latest": left_s}
