# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Bytes to messages and back, strictly."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from typing import Any

import pytest
from hypothesis import given, strategies as st

from green_common.feed.codec import (
    MAX_TEXT_CHARACTERS,
    MAX_TEXTS,
    MAX_WHOLE,
    FeedError,
    Unknown,
    decode,
    encode,
)
from green_common.feed.messages import (
    FROM_PROXY,
    FROM_READER,
    MAX_MESSAGE_BYTES,
    Accepted,
    Beat,
    Finished,
    Hold,
    Running,
)

ALL = FROM_PROXY | FROM_READER
ascii_texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=MAX_TEXT_CHARACTERS)
OF_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(0, MAX_WHOLE),
    float: st.floats(0, 1e300),
    str: ascii_texts | st.text(max_size=20),
    tuple[str, ...]: st.lists(st.text(max_size=8), max_size=MAX_TEXTS).map(tuple),
    type(None): st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    if isinstance(hint, types.UnionType):
        return st.one_of([values_of(option) for option in typing.get_args(hint)])
    return OF_TYPE[hint]


def messages_of(kind: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in dataclasses.fields(kind)})


every_message = st.one_of([messages_of(kind) for kind in ALL.values()])


@given(every_message, st.integers(1, MAX_WHOLE), st.floats(0, 1e9))
def test_every_message_comes_back_as_it_was(message: Any, number: int, time_s: float) -> None:
    """Within its limits it also fits one datagram."""
    datagram = encode(message, number=number, time_s=time_s)
    envelope = decode(datagram, ALL)

    assert len(datagram) <= MAX_MESSAGE_BYTES
    assert envelope.message == message
    assert envelope.number == number
    assert envelope.time_s == pytest.approx(time_s, abs=1e-6)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = sorted({field.name for kind in ALL.values() for field in dataclasses.fields(kind)})
near_messages = st.fixed_dictionaries(
    {
        "v": st.sampled_from([1, 1, 1, 2, True, None]),
        "n": st.just(1) | json_values,
        "t_s": st.just(1) | json_values,
    },
    optional={"type": st.sampled_from(sorted(ALL)) | json_values, **dict.fromkeys(NAMES, json_values)},
).map(lambda content: json.dumps(content).encode())


@given(st.binary(max_size=MAX_MESSAGE_BYTES + 10) | near_messages)
def test_no_bytes_raise_anything_else(datagram: bytes) -> None:
    """A message, an unknown one, or a FeedError: whoever reads this may be root."""
    try:
        envelope = decode(datagram, FROM_PROXY)
    except FeedError as error:
        assert len(str(error)) < 200
    else:
        assert isinstance(envelope.message, (Unknown, *FROM_PROXY.values()))
        assert 0 <= envelope.number <= MAX_WHOLE
        assert math.isfinite(envelope.time_s)


def datagram_of(**changes: Any) -> bytes:
    content = {"v": 1, "n": 1, "t_s": 0.5, "type": "beat", "accepted": 3, "in_flight": 0} | changes
    return json.dumps({key: value for key, value in content.items() if value is not ...}).encode()


def test_unknown_fields_are_ignored() -> None:
    """A newer proxy may say more."""
    assert decode(datagram_of(news=[1, 2]), FROM_PROXY).message == Beat(3, 0)


def test_an_unknown_type_may_be_skipped() -> None:
    """It is named, and a type of the other direction is unknown too."""
    assert decode(datagram_of(type="tomorrow"), FROM_PROXY).message == Unknown("tomorrow")
    assert decode(datagram_of(type="hold?"), FROM_PROXY).message == Unknown("hold?")


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 4000, "not JSON"),
        (b"9" * 4096, "not JSON|not a JSON object"),
        (b"[]", "not a JSON object"),
        (b" " * (MAX_MESSAGE_BYTES + 1), "more than 4096 bytes"),
        (datagram_of(v=2), "version 2 of the feed is not known here, only 1"),
        (datagram_of(v=True), "version True"),
        (datagram_of(v=...), "version None"),
        (datagram_of(n=-1), "without a valid number"),
        (datagram_of(n=True), "without a valid number"),
        (datagram_of(n=1.0), "without a valid number"),
        (datagram_of(n=MAX_WHOLE + 1), "without a valid number"),
        (datagram_of(t_s=math.nan), "number and time"),
        (datagram_of(t_s=math.inf), "number and time"),
        (datagram_of(t_s=-1), "number and time"),
        (datagram_of(t_s="1"), "number and time"),
        (datagram_of(type=...), "without a valid type"),
        (datagram_of(type=["beat"]), "without a valid type"),
        (datagram_of(type="x" * 500), "without a valid type"),
        (datagram_of(accepted=-1), "'beat' with a wrong value for 'accepted'"),
        (datagram_of(accepted=None), "'beat' with a wrong value for 'accepted'"),
        (datagram_of(accepted=...), "'beat' without all of its fields"),
        (datagram_of(type="accepted", request="x" * 201, route="/"), "'accepted' with a wrong value"),
        (datagram_of(type="forwarded", requests=["r"] * 17), "'forwarded' with a wrong value"),
        (datagram_of(type="forwarded", requests=[1]), "'forwarded' with a wrong value"),
        (datagram_of(type="forwarded", requests="r"), "'forwarded' with a wrong value"),
    ],
)
def test_what_can_not_be_trusted_is_refused(datagram: bytes, reason: str) -> None:
    """With the reason."""
    with pytest.raises(FeedError, match=reason):
        decode(datagram, FROM_PROXY)


def test_a_long_text_is_cut() -> None:
    """A client chooses the model's name; no name may cost every reader."""
    envelope = decode(encode(Accepted("r", "/" + "x" * 900), number=1, time_s=0.0), FROM_PROXY)

    assert envelope.message == Accepted("r", "/" + "x" * (MAX_TEXT_CHARACTERS - 1))


def test_an_optional_value_out_of_bounds_is_left_out() -> None:
    """A model server may count nonsense; that is as good as not counted."""
    message = Finished("g", ("r",), "m", 200, prompt_tokens=2**60, decode_s=math.inf, load_s=-1.0)

    assert decode(encode(message, number=1, time_s=0.0), FROM_PROXY).message == Finished(
        "g", ("r",), "m", 200
    )


def test_half_a_character_is_replaced() -> None:
    """A client may write one into its model's name, in JSON's own escapes."""
    sent = encode(Finished("g", ("r",), "qwen\ud83d", 200), number=1, time_s=0.0)

    assert decode(sent, FROM_PROXY).message.model == "qwen?"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
names = {field.name for kind in ALL.values() for field in dataclasses.fields(kind)}


@given(
    st.sampled_from([1, 1, 1, 0, 2, True, "1", 1.5, None]),
    st.integers(0, 10) | anything,
    st.sampled_from(sorted(ALL)) | anything,
    st.dictionaries(st.sampled_from(sorted(names)), st.integers(0, 9) | st.text(max_size=9) | anything),
)
def test_what_is_taken_from_any_json_can_be_written_on(
    version: object, number: object, name: object, fields: dict[str, object]
) -> None:
    """A message is refused, skipped, or sound in each value: those go into journal and status."""
    content = {"v": version, "n": number, "t_s": 1.0, "type": name, **fields}
    try:
        taken = decode(json.dumps(content).encode(), ALL)
    except FeedError:
        return

    assert 0 <= taken.number <= MAX_WHOLE
    written = json.dumps(dataclasses.asdict(taken.message), ensure_ascii=False, allow_nan=False)
    assert written.encode()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Beat(-1, 0), "'beat' can't be sent with accepted = -1"),
        (Running("g", ("r",) * 17, "m", "decode", 0.0), "'running' can't be sent with requests"),
        (Running("\u20ac" * 200, ("\u20ac" * 200,) * 16, "m", "decode", 0.0), "does not fit in 4096"),
        (Running("g", ("r" * 201,), "m", "decode", 0.0), "can't be sent with requests"),
    ],
)
def test_what_no_reader_would_take_is_not_sent(message: Any, reason: str) -> None:
    """The mistake is ours, so it shows on our side."""
    with pytest.raises(FeedError, match=reason):
        encode(message, number=1, time_s=0.0)


def test_a_message_is_short_and_plain() -> None:
    """As the protocol describes it; what is None is left out."""
    assert (
        encode(Hold(7), number=2, time_s=1.23456789)
        == b'{"v":1,"n":2,"t_s":1.234568,"type":"hold?","epoch":7}'
    )
