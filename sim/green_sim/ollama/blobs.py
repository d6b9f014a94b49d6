# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/api/blobs/...`: uploads of any size, of which only the checksum is kept."""

from __future__ import annotations

import hashlib
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from green_sim.ollama.body import ApiError

_DIGEST = re.compile(r"sha256[:-]([0-9a-fA-F]{64})")


class Blobs:
    """The digests of what was uploaded."""

    __slots__ = ("_digests",)

    def __init__(self) -> None:
        self._digests: set[str] = set()

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [
            Route("/api/blobs/{digest}", self.head, methods=["HEAD"]),
            Route("/api/blobs/{digest}", self.upload, methods=["POST"]),
        ]

    def has(self, digest: str) -> bool:
        """True where it was uploaded; raises ApiError 400 for what is no digest."""
        return _checked(digest) in self._digests

    async def head(self, request: Request) -> Response:
        """Whether it is there."""
        return Response(status_code=200 if self.has(request.path_params["digest"]) else 404)

    async def upload(self, request: Request) -> Response:
        """Take it in, in constant memory."""
        digest = request.path_params["digest"]
        if self.has(digest):
            return Response(status_code=200)
        checksum = hashlib.sha256()
        async for chunk in request.stream():
            checksum.update(chunk)
        found = f"sha256:{checksum.hexdigest()}"
        if found != _checked(digest):
            raise ApiError(400, f'digest mismatch, expected "{digest}", got "{found}"')
        self._digests.add(found)
        return Response(status_code=201)


def _checked(digest: str) -> str:
    found = _DIGEST.fullmatch(digest)
    if found is None:
        raise ApiError(400, "invalid digest format")
    return f"sha256:{found[1].lower()}"
