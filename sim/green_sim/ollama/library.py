# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/api/pull`, `push`, `create`, `copy` and `delete`: names come and go, there never are weights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from green_sim.ollama.blobs import Blobs
from green_sim.ollama.body import ApiError, Body, read_body
from green_sim.ollama.models import SIZE_BYTES, Catalogue, Model, full_name
from green_sim.ollama.reply import encode

# Names that begin so are unknown to the simulated registry.
UNKNOWN_PREFIX = "missing"
PARTS = 20
BETWEEN_PARTS_S = 0.01

Progress = dict[str, Any]


class LibraryApi:
    """The endpoints that change which models there are."""

    def __init__(self, catalogue: Catalogue, blobs: Blobs) -> None:
        self._catalogue = catalogue
        self._blobs = blobs

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [
            Route("/api/pull", self.pull, methods=["POST"]),
            Route("/api/push", self.push, methods=["POST"]),
            Route("/api/create", self.create, methods=["POST"]),
            Route("/api/copy", self.copy, methods=["POST"]),
            Route("/api/delete", self.delete, methods=["DELETE"]),
        ]

    async def pull(self, request: Request) -> Response:
        """Pretend to download a model; its progress is a stream of lines."""
        body = await read_body(request)
        return await _answer(body, self._pull(_name(body)))

    async def push(self, request: Request) -> Response:
        """Pretend to upload one."""
        body = await read_body(request)
        return await _answer(body, self._push(_name(body)))

    async def create(self, request: Request) -> Response:
        """A new name for a model or for uploaded blobs."""
        body = await read_body(request)
        name = _name(body)
        if not body.text("from") and not body.table("files").raw_items():
            raise ApiError(400, "neither 'from' or 'files' was specified")
        return await _answer(body, self._create(name, body, body.table("parameters").raw_items()))

    async def copy(self, request: Request) -> Response:
        """A second name."""
        body = await read_body(request)
        source, target = body.text("source"), body.text("destination")
        for role, name in (("source", source), ("destination", target)):
            if not name:
                raise ApiError(400, f'{role} "{name}" is invalid')
        if full_name(source) not in self._catalogue.models:
            raise ApiError(404, f'model "{source}" not found')
        self._add(target)
        return Response(status_code=200)

    async def delete(self, request: Request) -> Response:
        """A name goes."""
        body = await read_body(request)
        model = self._catalogue.find(_name(body))
        self._catalogue.drop(model)
        return Response(status_code=200)

    def _add(
        self, name: str, origin: Model | None = None, parameters: Mapping[str, Any] | None = None
    ) -> None:
        """With the parameters of the model that it is made from, but for those that are given."""
        base = origin or Model(full_name(name))
        self._catalogue.put(Model(full_name(name), {**base.parameters, **(parameters or {})}))

    def _pull(self, name: str) -> Iterator[Progress]:
        yield {"status": "pulling manifest"}
        if name.startswith(UNKNOWN_PREFIX):
            yield {"error": "pull model manifest: file does not exist"}
            return
        yield from _parts("pulling", Model(full_name(name)))
        yield from ({"status": status} for status in ("verifying sha256 digest", "writing manifest"))
        self._add(name)
        yield {"status": "success"}

    def _push(self, name: str) -> Iterator[Progress]:
        yield {"status": "retrieving manifest"}
        if full_name(name) not in self._catalogue.models:
            yield {"status": "couldn't retrieve manifest"}
            yield {"error": "file does not exist"}
            return
        yield from _parts("pushing", Model(full_name(name)))
        yield from ({"status": status} for status in ("pushing manifest", "success"))

    def _create(self, name: str, body: Body, parameters: Mapping[str, Any]) -> Iterator[Progress]:
        origin = body.text("from")
        if origin and full_name(origin) not in self._catalogue.models:
            yield from self._pull(origin)
        for digest in map(str, body.table("files").raw_items().values()):
            if not self._blobs.has(digest):
                yield {"error": f"open {digest}: no such file or directory"}
                return
            yield {"status": "parsing GGUF"}
            yield {"status": f"using existing layer {digest}"}
        yield {"status": "writing manifest"}
        self._add(name, self._catalogue.models.get(full_name(origin)), parameters)
        yield {"status": "success"}


def _parts(verb: str, model: Model) -> Iterator[Progress]:
    head = {"status": f"{verb} {model.digest[:12]}", "digest": f"sha256:{model.digest}", "total": SIZE_BYTES}
    yield from ({**head, "completed": SIZE_BYTES * part // PARTS} for part in range(PARTS + 1))


def _name(body: Body) -> str:
    name = body.text("model") or body.text("name")
    if not name:
        raise ApiError(400, "model is required")
    return name


async def _answer(body: Body, progress: Iterator[Progress]) -> Response:
    """All lines, or only the last; an error after the first line comes inside the stream."""
    if body.flag("stream") is not False:
        return StreamingResponse(_lines(progress), media_type="application/x-ndjson")
    last: Progress = {}
    for last in progress:
        if "error" in last:
            raise ApiError(500, last["error"])
    return Response(encode(last), media_type="application/json")


async def _lines(progress: Iterator[Progress]) -> AsyncIterator[bytes]:
    for line in progress:
        yield encode(line) + b"\n"
        await asyncio.sleep(BETWEEN_PARTS_S)
