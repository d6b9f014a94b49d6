# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Strict JSON, and writing it as it came."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest
from hypothesis import given, strategies as st

from green_proxy.fault import Fault
from green_proxy.request.document import parse_object, shown

TEXT = st.text(st.characters(codec=None), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=6)
SECRET = "hunter2-swordfish"


@given(OBJECTS, st.sampled_from([None, 2]))
def test_any_object_is_read_as_python_reads_it(value: dict[str, Any], indent: int | None) -> None:
    """Strict in what is doubtful, not in what is odd."""
    assert parse_object(json.dumps(value, indent=indent).encode()).fields == value


@given(OBJECTS, st.booleans())
def test_any_object_survives_being_written(value: dict[str, Any], all_changed: bool) -> None:
    """Surrogates, large numbers and order included."""
    document = parse_object(json.dumps(value).encode())

    written = document.written(document.fields, set(value) if all_changed else ())

    assert json.loads(written) == value
    assert list(json.loads(written)) == list(value)


def test_what_did_not_change_is_written_byte_for_byte() -> None:
    """Numbers, escapes and spaces as the client wrote them."""
    kept = b'"a": [1.0, 1e5, -0, 123456789012345678901234567890, 0.10],"b":"\\u00e9\\/\\ud800 \xc3\xa9"'
    document = parse_object(b"{ " + kept + b' , "c" : 1 }')

    written = document.written({**document.fields, "c": "é", "d": None}, {"c"})

    assert written == b"{" + kept + b',"c":"\xc3\xa9","d":null}'


def test_an_image_survives_being_written() -> None:
    """It is not parsed, and comes back where it stood."""
    image = base64.b64encode(random.Random(1).randbytes(100_000)).decode()
    body = json.dumps({"model": "m", "images": [image, "short"]}).encode()
    document = parse_object(body)

    written = document.written({**document.fields, "model": "n"}, {"model", "images"})

    assert json.loads(written) == {"model": "n", "images": [image, "short"]}
    assert len(document.fields["images"][0]) < 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[]", "no JSON object"),
        (b'"a"', "no JSON object"),
        (b"   ", "no JSON object"),
        (b'\xef\xbb\xbf{"a":1}', "no JSON object"),
        (b"{", "a key in double quotes is missing at byte 1"),
        (b'{"a":1,}', "a key in double quotes is missing at byte 7"),
        (b'{"a" 1}', "a colon is missing at byte 4"),
        (b'{"\\u0061" 1}', "a colon is missing at byte 9"),
        (b'{"a":}', "a value is missing or malformed at byte 5"),
        (b'{"a":01}', "a comma or a closing bracket is missing at byte 6"),
        (b'{"a":[1 2]}', "a comma or a closing bracket is missing at byte 8"),
        (b'{"a":1', "a comma or a closing bracket is missing at byte 6"),
        (b'{"a":"b', "a string has no end at byte 5"),
        (b'{"a":"\n"}', "a string has a bare control character at byte 6"),
        (b'{"a":"\\x"}', "a string has an invalid escape at byte 6"),
        (b'{"a":"\\u12"}', "a string has an invalid \\u escape"),
        (b'{"a":1} {"b":2}', "there is text behind its end at byte 8"),
        (b'{"\xc3\xa9":"\xc3\xa9" 1}', "a comma or a closing bracket is missing at byte 10"),
        (b'{"a":"\xff"}', "it is not UTF-8 at byte 6"),
        (b'{"a":"\xed\xa0\x80"}', "it is not UTF-8 at byte 6"),
        (b'{"a":NaN}', "NaN in the body is no JSON"),
        (b'{"a":[{"b":-Infinity}]}', "-Infinity in the body is no JSON"),
        (b'{"a":1e999}', "too large for a double"),
        (b'{"a":-1e999}', "too large for a double"),
        (b'{"a":' + b"1" * 5000 + b"}", "a number has too many digits"),
        (b'{"a":1,"a":2}', 'has the key "a" twice'),
        (b'{"a":1,"\\u0061":2}', 'has the key "a" twice'),
        (b'{"x":[{"a":1,"b":2,"a":3}]}', 'has the key "a" twice'),
        (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", "nested more than 128 levels deep"),
    ],
)
def test_what_is_doubtful_is_refused(body: bytes, said: str) -> None:
    """The text tells what and where."""
    with pytest.raises(Fault) as refused:
        parse_object(body)

    assert refused.value.status == 400
    assert said in refused.value.text


def test_an_object_with_too_many_keys_is_too_large() -> None:
    """No request has thousands."""
    with pytest.raises(Fault) as refused:
        parse_object(json.dumps(dict.fromkeys(map(str, range(20_000)), 1)).encode())

    assert refused.value.status == 413


def test_a_mistake_behind_an_image_is_told_as_of_the_body_that_came() -> None:
    """The image that was cut out counts."""
    body = b'{"a":"' + base64.b64encode(bytes(60_000)) + b'","b":?}'

    with pytest.raises(Fault) as refused:
        parse_object(body)

    assert refused.value.text.endswith(f"at byte {body.index(b'?')}")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("model", "model"),
        ("k" * 41, "k" * 40 + "…"),
        ("a\r\nb\x1b[0m\ud800", "a??b?[0m?"),
        ("k" * 40, "k" * 40),
    ],
)
def test_a_key_is_shown_short_and_printable(key: str, said: str) -> None:
    """It may end up in someone's terminal."""
    assert said == shown(key)


@given(st.data())
def test_no_text_of_a_body_is_ever_told(data: st.DataObject) -> None:
    """However a body is broken."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": SECRET}], "a": 1.5}).encode()
    at = data.draw(st.integers(0, len(body)))
    broken = body[:at] + data.draw(st.binary(max_size=3)) + body[at + data.draw(st.integers(0, 3)) :]

    try:
        parse_object(broken)
    except Fault as fault:
        assert not any(SECRET[start : start + 6] in fault.text for start in range(len(SECRET) - 6))
