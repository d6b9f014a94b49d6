# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Long conversations lose their oldest turns, and say so; all others pass as they are."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, strategies as some

from green_common.config.schema import ShapingConfig
from green_proxy.shaping.trim import Trim, budget_tokens, surely_fits
from green_proxy.tokens.counter import Counter
from green_proxy.tokens.scale import Mark

CONFIG = ShapingConfig(trim_to_tokens=400, answer_room_tokens=100)
LONG = "word " * 100
NAMES = ["role", "content", "type", "text", "tool_calls", "images", "output", "user", "image_url"]


class Words:
    """A scale on which each word is a token, and the server's template adds three a message."""

    counts_chats = False

    def known(self, model: str) -> Mark:
        return Mark(model, exact=True, chatml=True, settled=True)

    async def learn(self, model: str) -> Mark:
        return self.known(model)

    async def weigh(self, mark: Mark, model: str, texts: list[str]) -> list[int] | None:
        return [len(text.split()) for text in texts]

    async def whole(self, path: str, fields: Any) -> int | None:
        return None

    async def close(self) -> None: ...


@dataclass
class Call:
    """A client's request."""

    fields: dict[str, Any]
    path: str = "/api/chat"
    raw: bytes = b""
    output_limit: int | None = None
    changed: bool = False
    notes: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.raw = json.dumps(self.fields).encode()

    @property
    def model(self) -> str:
        return str(self.fields.get("model"))

    def change(self, name: str, value: Any) -> None:
        self.fields[name] = value
        self.changed = True

    def note(self, name: str, text: str) -> None:
        self.notes.append((name, text))


async def nobody(*_: Any, **__: Any) -> None:
    """A server that can't be asked."""


def trimmed(call: Call, *, scale: Any = None, context_tokens: int | None = None) -> Trim:
    """The step, applied to the call."""

    async def apply() -> Trim:
        counter = Counter(nobody, "http://test")
        counter._scale = scale or Words()
        trim = Trim(lambda: CONFIG, counter)
        await trim.apply(call, context_tokens)
        return trim

    return asyncio.run(apply())


def said(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def conversation(turns: int) -> list[dict[str, Any]]:
    """The last turn has a question alone."""
    messages = [said("system", "be short")]
    for number in range(turns):
        messages += [said("user", f"question {number} {LONG}"), said("assistant", f"answer {number}")]
    return messages[:-1]


def test_a_long_conversation_loses_its_oldest_turns() -> None:
    """System message and last turn stay; the response says what was done."""
    messages = conversation(6)
    call = Call({"model": "m", "messages": messages})

    trim = trimmed(call)

    assert call.fields["messages"] == [messages[0], *messages[-1 - 2 * 1 :]]
    assert call.changed
    # 6 + 6 * 106 + 5 * 6 + 3 tokens before.
    assert call.notes == [("Trim", "dropped=8; tokens=675->227; exact")]
    assert trim.counts["trims_total"] == 1
    assert trim.counts["trimmed_tokens_total"] == 675 - 227


def test_the_prefix_stays_while_it_can() -> None:
    """From one request to the next the conversation begins with the same turn, most of the time."""
    beginnings = []
    for turns in range(1, 12):
        call = Call({"model": "m", "messages": conversation(turns)})
        trimmed(call)
        beginnings.append(call.fields["messages"][1]["content"].split()[1])

    assert beginnings == ["0", "0", "0", "2", "2", "4", "4", "6", "6", "8", "8"]


def test_a_conversation_within_the_budget_passes() -> None:
    """Unchanged and without a note."""
    call = Call({"model": "m", "messages": conversation(3)})

    trimmed(call)

    assert (call.changed, call.notes) == (False, [])


def test_what_cannot_be_cut_is_marked() -> None:
    """An agent's system message and question may be over the budget by themselves."""
    messages = [said("system", LONG * 4), said("user", "old"), said("assistant", "old"), said("user", "new")]
    call = Call({"model": "m", "messages": messages})

    trim = trimmed(call)

    assert (call.changed, call.notes) == (False, [("Trim", "over-budget")])
    assert trim.counts["trim_over_budget_total"] == 1


def test_a_tool_call_stays_with_its_result() -> None:
    """The turn of which they are part goes or stays as a whole."""
    call_of_tool = said("assistant", "", tool_calls=[{"function": {"name": "f", "arguments": {}}}])
    turn = [said("user", LONG), call_of_tool, said("tool", LONG), said("assistant", "done")]
    call = Call({"model": "m", "messages": [*turn, *turn, *turn]})

    trimmed(call)

    assert call.fields["messages"] == turn
    assert call.notes[0][1].endswith("estimate")


def test_anthropics_results_stay_with_their_call() -> None:
    """There a tool's result is a message of the user."""
    use = said("assistant", [{"type": "tool_use", "id": "1", "name": "f", "input": {}}])
    result = said("user", [{"type": "tool_result", "tool_use_id": "1", "content": LONG}])
    turn = [said("user", LONG), use, result, said("assistant", "done")]
    fields = {"model": "m", "system": "be short", "messages": [*turn, *turn]}
    call = Call(fields, path="/v1/messages")

    trimmed(call)

    assert call.fields["messages"] == turn
    assert call.fields["system"] == "be short"


def test_responses_lose_turns_of_their_input() -> None:
    """A list of items, with instructions beside it."""
    items = [said("user", LONG), said("assistant", LONG)] * 3
    fields = {"model": "m", "instructions": "be short", "input": [*items, said("user", "last")]}
    call = Call(fields, path="/v1/responses")

    trimmed(call)

    assert call.fields["input"] == [*items[:2], said("user", "last")]
    assert call.fields["instructions"] == "be short"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/api/generate", {"prompt": LONG * 9}),
        ("/v1/completions", {"prompt": LONG * 9}),
        ("/v1/responses", {"input": LONG * 9}),
        ("/v1/responses", {"previous_response_id": "r", "input": [said("user", LONG)] * 9}),
        ("/v1/responses", {"input": [{"type": "item_reference", "id": "1"}, said("user", LONG * 9)]}),
        ("/api/chat", {"messages": LONG * 9}),
        ("/api/chat", {"messages": [LONG * 9]}),
    ],
)
def test_what_is_no_chat_passes(path: str, fields: dict[str, Any]) -> None:
    """Untouched, whatever its size."""
    call = Call({"model": "m", **fields}, path=path)

    trimmed(call)

    assert (call.changed, call.notes) == (False, [])


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=3),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(NAMES), inner),
    max_leaves=12,
)


@given(some.sampled_from(["/api/chat", "/v1/messages", "/v1/responses"]), some.lists(json_values))
def test_nonsense_is_not_our_concern(path: str, messages: list[Any]) -> None:
    """The server will say what is wrong with it."""
    fields = {"model": "m", "messages": messages, "input": messages, "system": messages, "tools": messages}
    call = Call(fields, path=path)
    call.raw = b" " * 1000

    trimmed(call)


def test_an_image_is_an_estimate() -> None:
    """It counts for as many tokens as Ollama takes it for."""
    picture = said("user", [{"type": "image_url", "image_url": {"url": "data:"}}])
    call = Call({"model": "m", "messages": [picture, said("assistant", "ok"), said("user", "next")]})

    trimmed(call)

    assert call.fields["messages"] == [said("user", "next")]
    assert call.notes[0][1].endswith("estimate")


@pytest.mark.parametrize(
    ("output_limit", "context_tokens", "budget"),
    [
        (None, None, 400),
        (None, 8192, 400),
        (None, 450, 350),
        (50, 450, 400),
        (200, 450, 250),
        (9999, 450, 225),
        (-1, 450, 350),
    ],
)
def test_the_budget_leaves_room_for_the_answer(
    output_limit: int | None, context_tokens: int | None, budget: int
) -> None:
    """As much as the request asks for, at most half of the context."""
    assert budget == budget_tokens(CONFIG, output_limit, context_tokens)


def test_a_short_body_needs_no_count() -> None:
    """A token is at least one byte; an image may be more."""
    assert surely_fits(b"x" * 144, 400)
    assert not surely_fits(b"x" * 145, 400)
    assert not surely_fits(b'{"images": ["x"]}', 400)
