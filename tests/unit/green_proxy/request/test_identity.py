# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whose request it is, and of which conversation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, strategies as st

from green_common.feed.codec import MAX_WHOLE, decode, encode
from green_common.feed.messages import FROM_PROXY, MAX_MESSAGE_BYTES, Accepted, Forwarded, Running
from green_proxy.fault import Fault
from green_proxy.request.call import read_call
from green_proxy.request.identity import Identity, identify, prefix_key

HEADER = "X-Green-Conversation"
NAME = b"x-green-conversation"
USER, ANSWER, NEXT = (
    {"role": "user", "content": "Where is Delft?"},
    {"role": "assistant", "content": "In Holland."},
    {"role": "user", "content": "Thanks."},
)


@dataclass(frozen=True)
class Key:
    name: str
    personal: bool


def key_of(path: str = "/api/chat", **body: Any) -> str | None:
    return prefix_key(read_call(path, json.dumps(body).encode()))


def test_without_a_key_the_client_is_its_address_and_not_known() -> None:
    """Behind a front end everyone shares one address."""
    identity = identify([], "10.0.0.7", None, HEADER)

    assert identity == Identity("10.0.0.7", own=False, conversation=None)
    assert not identity.known


@pytest.mark.parametrize("personal", [True, False])
def test_a_key_names_the_client(personal: bool) -> None:
    """Only one marked personal stands for a person."""
    identity = identify([], "10.0.0.7", Key("anna", personal), HEADER)

    assert identity.client == "anna"
    assert identity.known is personal


def test_a_conversation_is_scoped_to_its_client() -> None:
    """The same name of two clients means two conversations."""
    headers = [(b"host", b"x"), (NAME, " chat-7 é ".encode())]

    first = identify(headers, "10.0.0.7", None, HEADER)
    second = identify(headers, "10.0.0.8", None, HEADER)

    assert first.known
    assert first.conversation is not None
    assert first.conversation.endswith("chat-7 é")
    assert first.conversation != second.conversation


def test_the_header_is_the_administrators_choice() -> None:
    """Open WebUI has its own."""
    identity = identify([(b"x-openwebui-chat-id", b"7")], "p", None, "X-OpenWebUI-Chat-Id")

    assert identity.conversation == "p\n7"


def test_an_empty_conversation_is_none() -> None:
    """A front end sends it before it has one."""
    assert identify([(NAME, b"  ")], "p", None, HEADER).conversation is None


@pytest.mark.parametrize("value", [b"x" * 201, b"a\x00b", b"a\tb", b"\xff", b"x" * 100_000])
def test_an_odd_conversation_is_refused(value: bytes) -> None:
    """The text names the header and shows nothing of it."""
    with pytest.raises(Fault, match="X-Green-Conversation has to be at most 200 printable") as refused:
        identify([(NAME, value)], "p", None, HEADER)

    assert refused.value.status == 400
    assert "xxx" not in refused.value.text


def test_there_is_no_prefix_before_the_first_answer() -> None:
    """Many conversations begin alike."""
    assert key_of(messages=[USER]) is None
    assert key_of() is None
    assert key_of("/v1/responses", input="Where is Delft?") is None


def test_later_turns_keep_the_prefix() -> None:
    """That is what makes it a name."""
    first = key_of(messages=[USER, ANSWER, NEXT])

    assert first is not None
    assert first == key_of(messages=[USER, ANSWER, NEXT, ANSWER, USER], stream=False)


@pytest.mark.parametrize(
    "messages",
    [
        [{**USER, "content": "Where is Gouda?"}, ANSWER],
        [USER, {**ANSWER, "content": "Far away."}],
        [{"role": "system", "content": "Be brief."}, USER, ANSWER],
        [{**USER, "images": ["A"]}, ANSWER],
    ],
)
def test_another_beginning_is_another_conversation(messages: list[dict[str, Any]]) -> None:
    """In any part of it."""
    assert key_of(messages=messages) != key_of(messages=[USER, ANSWER])


def test_a_system_prompt_apart_counts() -> None:
    """Anthropic's stands beside the messages."""
    said = {"messages": [USER, ANSWER], "max_tokens": 9}

    assert key_of("/v1/messages", **said, system="a") != key_of("/v1/messages", **said, system="b")


def test_what_clients_move_between_turns_does_not_count() -> None:
    """Marks for caching, thinking, and texts as lists of one part."""
    marked = {"type": "text", "text": USER["content"], "cache_control": {"type": "ephemeral"}}
    later = key_of("/v1/messages", messages=[USER, {**ANSWER, "thinking": "hm"}, NEXT])

    assert later == key_of("/v1/messages", messages=[{**USER, "content": [marked]}, ANSWER])


def test_a_call_of_a_tool_is_an_answer() -> None:
    """Responses lists it without a role."""
    call = {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "1"}

    assert key_of("/v1/responses", input=[USER, call]) is not None


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ("anna@example.org", "anna@example.org"),
        ("", None),
        ("a\nb\x00", "ab"),
        ("\n", None),
        ("x" * 500, "x" * 128),
        ("é" * 500, "é" * 128),
        ("🦙" * 500, "🦙" * 64),
        ("x" + "🦙" * 500, "x" + "🦙" * 63),
    ],
)
def test_a_client_is_shown_within_bounds(client: str, shown: str | None) -> None:
    """In printable characters that fit a message of the feed, and none of them cut in two."""
    assert Identity(client, own=False, conversation=None).shown_client == shown


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_client_is_too_long_for_the_feed(client: str, model: str) -> None:
    """Beside the longest model's name, and as many requests as may share a generation."""
    shown = Identity(client + "🦙" * 200, own=False, conversation=None).shown_client
    ids, longest = tuple("0" * 26 for _ in range(16)), (model + "🦙" * 300)[:300]

    for message in (
        Accepted("0" * 26, "/" * 300, shown),
        Forwarded("0" * 26, ids, longest, shown),
        Running("0" * 26, ids, longest, "prefill", 1e9, MAX_WHOLE, shown),
    ):
        datagram = encode(message, number=MAX_WHOLE, time_s=1e9)
        assert len(datagram) <= MAX_MESSAGE_BYTES
        assert decode(datagram, FROM_PROXY).message.client == shown
