# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Options whose change makes Ollama load again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from green_proxy.request.call import Call, read_call
from green_proxy.request.dialect import DIALECTS
from green_proxy.shaping.pin import COUNTED, PINNED, Pin

OPTIONS = st.dictionaries(
    st.sampled_from([*PINNED, "seed", "num_predict", "shift"]), st.integers() | st.none()
)


def pinned(path: str, **body: Any) -> Call:
    call = read_call(path, json.dumps(body).encode())
    Pin().apply(call)
    return call


@pytest.mark.parametrize("path", sorted(DIALECTS))
def test_the_options_are_removed_on_every_route(path: str) -> None:
    """The others stay as they are."""
    call = pinned(path, model="m", options={"num_ctx": 8192, "top_k": 20, "num_thread": 4})

    assert json.loads(call.body()) == {"model": "m", "options": {"top_k": 20}}
    assert call.notes == [(b"X-Green-Pin", b"num_ctx num_thread")]


def test_shift_is_removed_beside_the_options() -> None:
    """It is a flag of the runner's launch; Ollama knows no option of that name."""
    call = pinned("/api/chat", model="m", shift=False, options={"shift": 1})

    assert json.loads(call.body()) == {"model": "m", "options": {"shift": 1}}
    assert call.notes == [(b"X-Green-Pin", b"shift")]


def test_shift_of_another_server_stays() -> None:
    """It is not Ollama's word there."""
    assert not pinned("/completion", shift=True).changed


def test_options_that_become_empty_stay_empty() -> None:
    """Ollama reads them as none, and the client's field is still there."""
    assert json.loads(pinned("/api/chat", options={"num_ctx": 1}).body()) == {"options": {}}


@pytest.mark.parametrize("body", [{}, {"options": {}}, {"options": None}, {"options": {"seed": 1}}])
def test_a_request_without_them_goes_on_as_it_came(body: dict[str, Any]) -> None:
    """Most requests."""
    call = pinned("/api/chat", **body)

    assert not call.changed
    assert not call.notes


def test_requests_are_counted() -> None:
    """Once each."""
    pin = Pin()

    for options in ({"num_ctx": 1, "num_gpu": 1}, {"seed": 1}):
        pin.apply(read_call("/api/chat", json.dumps({"options": options}).encode()))

    assert pin.counts == {"pinned_requests_total": 1}
    assert set(pin.counts) == set(COUNTED)


@given(OPTIONS, st.booleans())
def test_pinning_twice_is_pinning_once(options: dict[str, Any], shift: bool) -> None:
    """Nothing that matters is left, all else is."""
    body = {"model": "m", "options": options, **({"shift": True} if shift else {})}
    once = pinned("/api/chat", **body)

    twice = read_call("/api/chat", once.body())
    Pin().apply(twice)

    assert not twice.changed
    assert twice.fields["options"] == {name: options[name] for name in options if name not in PINNED}
