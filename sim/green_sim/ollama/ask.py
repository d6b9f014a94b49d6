# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A generation as a request describes it, in whatever API, on its way to an order for the model server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from green_sim.engine.job import Order, Runner
from green_sim.ollama.answer import Author
from green_sim.ollama.body import ApiError
from green_sim.ollama.prompt import last_question
from green_sim.ollama.schema import made_up
from green_sim.ollama.tools import ToolCall

REQUEST_ID_HEADER = "x-green-request-id"
# A model of this name says what it was told last, so that a test can choose an answer's text.
ECHO = "echo"


@dataclass(frozen=True, slots=True)
class Ask:
    """What all the APIs have in common; `format` is `"json"` or a schema."""

    runner: Runner
    prompt: str
    think: bool | None = None
    format: Any = None
    call: ToolCall | None = None
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    keep_alive_s: float | None = None

    def order(self, request: Request, author: Author) -> Order:
        """With the texts that the model will generate."""
        return Order(
            route=request.url.path,
            runner=self.runner,
            prompt=self.prompt,
            thinking=author.write_thinking(self.prompt) if self.think and self.prompt else "",
            answer=self._answer(author) if self.prompt else "",
            max_tokens=self.max_tokens,
            keep_alive_s=self.keep_alive_s,
            request_id=request.headers.get(REQUEST_ID_HEADER),
        )

    def _answer(self, author: Author) -> str:
        if self.call is not None:
            return self.call.text()
        if isinstance(self.format, dict):
            return json.dumps(made_up(self.format))
        if self.runner.model.partition(":")[0] == ECHO:
            return cut_at(last_question(self.prompt), self.stop)
        return cut_at(author.write_answer(self.prompt, as_json=bool(self.format)), self.stop)


def cut_at(text: str, stop: tuple[str, ...]) -> str:
    """The text before the first of the stop sequences."""
    found = [place for place in (text.find(one) for one in stop if one) if place >= 0]
    return text[: min(found)] if found else text


def read_stop(value: Any) -> tuple[str, ...]:
    """One stop sequence, or several."""
    if value is None:
        return ()
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ApiError(400, "json: cannot unmarshal field 'stop' into a value of type string")
    return tuple(given)
