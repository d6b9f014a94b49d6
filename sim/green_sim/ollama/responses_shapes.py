# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Answers of `/v1/responses`: numbered events that build the items of an output, or one object."""

from __future__ import annotations

import json
import time
from typing import Any

from green_sim.engine.job import Job, Piece
from green_sim.ollama import events
from green_sim.ollama.openai_shapes import openai_error
from green_sim.ollama.tools import ToolCall


class ResponseShape:
    """One response with up to two items: reasoning, then a message or a function call."""

    media_type = events.MEDIA_TYPE

    def __init__(self, model: str, number: str, asked: dict[str, Any], call: ToolCall | None) -> None:
        self._model = model
        self._number = number
        self._asked = asked
        self._call = call
        self._events = 0
        self._texts = {"reasoning": "", "message": ""}
        self._open: str | None = None
        self._output: list[dict[str, Any]] = []

    def error(self, status: int, message: str) -> dict[str, Any]:
        return openai_error(status, message)

    def stream_error(self, status: int, message: str) -> bytes:
        return self._event("error", code=str(status), message=message, param=None)

    def piece(self, piece: Piece) -> bytes:
        kind = "reasoning" if piece.thinking else "message"
        if self._call is not None and kind == "message":
            return b""
        before = self._start(kind)
        self._texts[kind] += piece.text
        if kind == "reasoning":
            delta = self._event(
                "response.reasoning_summary_text.delta",
                **self._place(kind),
                summary_index=0,
                delta=piece.text,
            )
        else:
            delta = self._event(
                "response.output_text.delta",
                **self._place(kind),
                content_index=0,
                delta=piece.text,
                logprobs=[],
            )
        return before + delta

    def last(self, job: Job) -> bytes:
        parts = self._begin() + self._finish()
        if self._call is not None and job.done_reason == "stop":
            parts += self._function_call(self._call)
        response = self._response("completed", self._output, job)
        return parts + self._event("response.completed", response=response)

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        for piece in pieces:
            self._texts["reasoning" if piece.thinking else "message"] += piece.text
        output = [self._item("reasoning")] if self._texts["reasoning"] else []
        if self._call is not None and job.done_reason == "stop":
            output.append(self._called(self._call))
        else:
            output.append(self._item("message"))
        return self._response("completed", output, job)

    def _begin(self) -> bytes:
        if self._events:
            return b""
        names = ("response.created", "response.in_progress")
        return b"".join(self._event(name, response=self._response("in_progress", [], None)) for name in names)

    def _start(self, kind: str) -> bytes:
        if self._open == kind:
            return b""
        before = self._begin() + self._finish()
        self._open = kind
        item = self._item(kind)
        item = (
            {**item, "summary": []}
            if kind == "reasoning"
            else {**item, "status": "in_progress", "content": []}
        )
        parts = before + self._event("response.output_item.added", output_index=len(self._output), item=item)
        if kind == "message":
            parts += self._event(
                "response.content_part.added", **self._place(kind), content_index=0, part=_text_part("")
            )
        return parts

    def _finish(self) -> bytes:
        """Close the item that is open."""
        if self._open is None:
            return b""
        kind, self._open = self._open, None
        place, text = self._place(kind), self._texts[kind]
        if kind == "reasoning":
            parts = self._event("response.reasoning_summary_text.done", **place, summary_index=0, text=text)
        else:
            parts = self._event("response.output_text.done", **place, content_index=0, text=text, logprobs=[])
            parts += self._event(
                "response.content_part.done", **place, content_index=0, part=_text_part(text)
            )
        return parts + self._done(self._item(kind))

    def _done(self, item: dict[str, Any]) -> bytes:
        self._output.append(item)
        return self._event("response.output_item.done", output_index=len(self._output) - 1, item=item)

    def _function_call(self, call: ToolCall) -> bytes:
        item = self._called(call)
        place = {"item_id": item["id"], "output_index": len(self._output)}
        begun = {**item, "status": "in_progress", "arguments": ""}
        return (
            self._event("response.output_item.added", output_index=len(self._output), item=begun)
            + self._event("response.function_call_arguments.delta", **place, delta=item["arguments"])
            + self._event("response.function_call_arguments.done", **place, arguments=item["arguments"])
            + self._done(item)
        )

    def _place(self, kind: str) -> dict[str, Any]:
        return {"item_id": f"{kind}_{self._number}", "output_index": len(self._output)}

    def _item(self, kind: str) -> dict[str, Any]:
        item: dict[str, Any] = {"id": f"{kind}_{self._number}", "type": kind}
        if kind == "reasoning":
            summary = [{"type": "summary_text", "text": self._texts[kind]}]
            return {**item, "summary": summary, "encrypted_content": self._texts[kind]}
        content = [_text_part(self._texts[kind])]
        return {**item, "status": "completed", "role": "assistant", "content": content}

    def _called(self, call: ToolCall) -> dict[str, Any]:
        return {
            "id": f"fc_{self._number}",
            "type": "function_call",
            "status": "completed",
            "call_id": call.id,
            "name": call.name,
            "arguments": json.dumps(call.arguments),
        }

    def _event(self, kind: str, **fields: Any) -> bytes:
        value = {**fields, "type": kind, "sequence_number": self._events}
        self._events += 1
        return events.named(value)

    def _response(self, status: str, output: list[dict[str, Any]], job: Job | None) -> dict[str, Any]:
        return {
            "id": f"resp_{self._number}",
            "object": "response",
            "created_at": int(time.time()),
            "completed_at": int(time.time()) if job is not None else None,
            "status": status,
            "incomplete_details": None,
            "model": self._model,
            "previous_response_id": None,
            "output": list(output),
            "error": None,
            "tool_choice": "auto",
            "parallel_tool_calls": True,
            "truncation": "disabled",
            "store": False,
            "service_tier": "default",
            "metadata": {},
            "usage": None if job is None else _usage(job),
            **self._asked,
        }


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(job: Job) -> dict[str, Any]:
    return {
        "input_tokens": job.prompt_tokens,
        "output_tokens": job.generated_tokens,
        "total_tokens": job.prompt_tokens + job.generated_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
