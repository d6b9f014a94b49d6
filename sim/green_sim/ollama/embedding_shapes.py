# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Vectors as the three embedding endpoints write them; none of them streams."""

from __future__ import annotations

from typing import Any

from green_sim.engine.job import Job, Piece
from green_sim.ollama.openai_shapes import openai_error
from green_sim.ollama.shapes import counts


class VectorShape:
    """What they have in common."""

    media_type = b"application/json"

    def error(self, status: int, message: str) -> dict[str, Any]:
        return {"error": message}

    def piece(self, piece: Piece) -> bytes:
        return b""

    def last(self, job: Job) -> bytes:
        return b""

    def stream_error(self, status: int, message: str) -> bytes:
        return b""


class EmbedShape(VectorShape):
    """`/api/embed`."""

    def __init__(self, model: str, vectors: list[list[float]]) -> None:
        self._model = model
        self._vectors = vectors

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        measured = counts(job)
        kept = ("total_duration", "load_duration", "prompt_eval_count")
        head = {"model": self._model, "embeddings": self._vectors}
        return {**head, **{name: measured[name] for name in kept}}


class EmbeddingShape(VectorShape):
    """`/api/embeddings`."""

    def __init__(self, vector: list[float]) -> None:
        self._vector = vector

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        return {"embedding": self._vector}


class ListShape(VectorShape):
    """`/v1/embeddings`; a vector is a list of numbers or a text."""

    def __init__(self, model: str, vectors: list[Any]) -> None:
        self._model = model
        self._vectors = vectors

    def error(self, status: int, message: str) -> dict[str, Any]:
        return openai_error(status, message)

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        entries = [
            {"object": "embedding", "embedding": vector, "index": index}
            for index, vector in enumerate(self._vectors)
        ]
        used = {"prompt_tokens": job.prompt_tokens, "total_tokens": job.prompt_tokens}
        return {"object": "list", "data": entries, "model": self._model, "usage": used}
