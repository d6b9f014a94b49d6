# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is read of a request, and the body that goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from green_proxy.request.call import Call, read_call
from green_proxy.request.dialect import DIALECTS

COMPLETIONS = "/v1/chat/completions"


def asked(path: str, **body: Any) -> Call:
    return read_call(path, json.dumps(body).encode())


@pytest.mark.parametrize("path", sorted(DIALECTS))
def test_a_body_without_change_goes_on_as_it_came(path: str) -> None:
    """Byte for byte, unknown fields included."""
    body = b'{ "model" : "m",\n"unknown":[1.50,"\\u00e9"] }'

    assert read_call(path, body).body() == body


@pytest.mark.parametrize("path", ["/api/chat", "/rerank"])
def test_an_empty_body_passes(path: str) -> None:
    """The model server has its own words for it."""
    call = read_call(path, b"")

    assert (call.body(), call.model, call.loads_only, call.unloads) == (b"", "", False, False)


def test_a_change_leaves_the_rest_as_it_came() -> None:
    """Numbers and escapes of other members stay."""
    call = read_call("/api/chat", b'{"model":"m", "stream":true, "x": [1.50,"\\u00e9"]}')

    call.change("stream", False)
    call.change("new", {"a": "é"})

    assert call.body() == '{"model":"m","stream":false,"x": [1.50,"\\u00e9"],"new":{"a":"é"}}'.encode()


def test_what_is_removed_is_gone() -> None:
    """And what was never there changes nothing."""
    call = read_call("/api/chat", b'{"model":"m","shift":true}')

    call.remove("other")
    assert not call.changed
    call.remove("shift")

    assert call.body() == b'{"model":"m"}'


@pytest.mark.parametrize(
    ("path", "body", "stream"),
    [
        ("/api/chat", {}, True),
        ("/api/generate", {"stream": None}, True),
        ("/api/generate", {"stream": False}, False),
        ("/api/embed", {}, False),
        (COMPLETIONS, {}, False),
        (COMPLETIONS, {"stream": True}, True),
        ("/v1/responses", {}, False),
        ("/v1/messages", {"stream": True}, True),
        ("/completion", {}, False),
    ],
)
def test_streaming_has_a_default_of_its_own_in_each_dialect(
    path: str, body: dict[str, Any], stream: bool
) -> None:
    """Ollama streams unless told not to; the others the other way round."""
    assert stream is asked(path, **body).stream


@pytest.mark.parametrize(
    ("keep_alive", "unloads"),
    [
        (0, True),
        (0.0, True),
        ("0", True),
        ("0s", True),
        ("0h0m0s", True),
        ("5m", False),
        (-1, False),
        (None, False),
        ("0" * 100_000, False),
    ],
)
def test_a_duration_of_nothing_unloads(keep_alive: object, unloads: bool) -> None:
    """However Go writes nothing."""
    assert unloads is asked("/api/chat", model="m", keep_alive=keep_alive).unloads


def test_keep_alive_is_ollamas_alone() -> None:
    """Its /v1 routes do not read it."""
    assert not asked(COMPLETIONS, model="m", keep_alive=0).unloads


@pytest.mark.parametrize(
    ("path", "body", "loads_only"),
    [
        ("/api/chat", {"model": "m"}, True),
        ("/api/chat", {"model": "m", "messages": []}, True),
        ("/api/chat", {"model": "m", "messages": [{"role": "user", "content": ""}]}, False),
        ("/api/generate", {"model": "m", "prompt": ""}, True),
        ("/api/generate", {"model": "m", "prompt": "a"}, False),
        ("/api/embed", {"model": "m", "input": []}, True),
        ("/api/embeddings", {"model": "m", "prompt": "a"}, False),
        (COMPLETIONS, {"model": "m"}, False),
    ],
)
def test_nothing_asked_loads_only(path: str, body: dict[str, Any], loads_only: bool) -> None:
    """Ollama's way to load a model."""
    assert loads_only is asked(path, **body).loads_only


def test_the_system_prompt_is_found_in_each_dialect() -> None:
    """As a field, as blocks or as messages."""
    messages = [{"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, {"role": "user"}]

    assert asked("/api/chat", messages=messages).system == "a\nb"
    assert asked("/api/generate", system="a").system == "a"
    assert asked("/v1/responses", instructions="a", input="b").system == "a"
    assert asked("/v1/messages", system=[{"type": "text", "text": "a"}]).system == "a"


def test_messages_are_found_where_the_route_has_them() -> None:
    """Responses with a text for its input has none; a key without a name is none of ours."""
    assert asked("/v1/responses", input=[{"role": "user"}]).messages == [{"role": "user"}]
    assert asked("/v1/responses", input="a").messages is None
    assert read_call("/api/generate", b'{"":[7]}').messages is None


def test_options_are_ollamas_alone() -> None:
    """Elsewhere they are an unknown field."""
    assert asked("/api/chat", options={"seed": 1}).options == {"seed": 1}
    assert asked(COMPLETIONS, options={"seed": 1}).options is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/chat", {"options": {"temperature": 0, "seed": 7}}),
        (COMPLETIONS, {"temperature": 0, "seed": 7}),
        ("/completion", {"temperature": 0, "seed": 7}),
    ],
)
def test_temperature_and_seed_are_found(path: str, body: dict[str, Any]) -> None:
    """Within the options or beside."""
    call = asked(path, **body)

    assert (call.temperature, call.seed) == (0, 7)


@pytest.mark.parametrize(
    ("path", "body", "has_form"),
    [
        ("/api/chat", {"format": "json"}, True),
        ("/api/chat", {"format": {"type": "object"}}, True),
        ("/api/chat", {"format": ""}, False),
        (COMPLETIONS, {"response_format": {"type": "json_object"}}, True),
        (COMPLETIONS, {"response_format": {"type": "text"}}, False),
        (COMPLETIONS, {"guided_json": {}}, True),
        ("/v1/responses", {"text": {"format": {"type": "json_schema"}}}, True),
        ("/v1/responses", {"text": {"verbosity": "low"}}, False),
        ("/v1/messages", {"output_config": {"effort": "low"}}, False),
        ("/v1/messages", {"output_config": {"format": {"type": "json_schema"}}}, True),
        ("/completion", {"grammar": "root ::= x"}, True),
    ],
)
def test_an_answer_that_has_to_have_a_form_is_seen(path: str, body: dict[str, Any], has_form: bool) -> None:
    """Such requests are never merged."""
    assert has_form is asked(path, **body).format


def test_images_are_counted_beside_the_prompt_too() -> None:
    """Ollama's and llama-server's ways."""
    assert asked("/api/generate", prompt="a", images=["A", "B"]).images == 2
    assert asked("/completion", prompt={"prompt_string": "a", "multimodal_data": ["A"]}).images == 1
    assert asked("/api/chat", messages=[{"images": ["A"]}, {"content": [{"type": "image_url"}]}]).images == 2


def test_tools_and_raw_prompts_are_seen() -> None:
    """An empty list of tools is none."""
    assert asked("/api/chat", tools=[{}]).tools
    assert not asked("/api/chat", tools=[]).tools
    assert asked("/api/generate", raw=True).raw_prompt


@pytest.mark.parametrize(
    ("path", "body", "limit"),
    [
        ("/api/chat", {}, None),
        ("/api/chat", {"options": {"num_predict": 10}}, 10),
        ("/api/chat", {"options": {"num_predict": -1}}, None),
        (COMPLETIONS, {"max_tokens": 10, "max_completion_tokens": 5}, 5),
        (COMPLETIONS, {"max_tokens": None}, None),
        ("/v1/responses", {"max_output_tokens": 0}, 0),
        ("/v1/messages", {"max_tokens": 9.0}, 9),
        ("/api/embed", {"options": {"num_predict": 10}}, None),
    ],
)
def test_the_limit_of_an_answer_is_found(path: str, body: dict[str, Any], limit: int | None) -> None:
    """The least of several; negative is unlimited."""
    assert limit == asked(path, **body).output_limit


def test_a_limit_is_set_under_each_name_in_use() -> None:
    """Servers differ in which name they prefer."""
    call = asked(COMPLETIONS, max_completion_tokens=9)
    call.output_limit = 5

    ollama = asked("/api/chat", options={"seed": 1})
    ollama.output_limit = 5

    assert json.loads(call.body()) == {"max_completion_tokens": 5, "max_tokens": 5}
    assert json.loads(ollama.body()) == {"options": {"seed": 1, "num_predict": 5}}


@pytest.mark.parametrize("options", [None, {}, {"include_usage": False}, {"other": 1}])
def test_usage_is_asked_for_where_the_client_did_not(options: dict[str, Any] | None) -> None:
    """It is marked, so that the answer's side takes it out again."""
    call = asked(COMPLETIONS, stream=True, stream_options=options)

    call.include_usage()

    assert call.usage_asked_by_us
    assert json.loads(call.body())["stream_options"] == {**(options or {}), "include_usage": True}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (COMPLETIONS, {"stream": True, "stream_options": {"include_usage": True}}),
        (COMPLETIONS, {}),
        ("/api/chat", {"stream": True}),
        ("/v1/messages", {"stream": True}),
    ],
)
def test_usage_is_left_alone_elsewhere(path: str, body: dict[str, Any]) -> None:
    """Asked for already, not streamed, or always told."""
    call = asked(path, **body)

    call.include_usage()

    assert not call.changed
    assert not call.usage_asked_by_us


def test_a_note_becomes_a_header() -> None:
    """The client learns what was done."""
    call = asked("/api/chat")

    call.note("Trim", "over-budget")

    assert call.notes == [(b"X-Green-Trim", b"over-budget")]
