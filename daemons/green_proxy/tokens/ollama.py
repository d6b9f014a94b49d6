# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Counts with the vocabularies of an Ollama server, each fetched once and known by its model's digest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from green_common.logs import get_log
from green_proxy.models.replies import full_name
from green_proxy.tokens.process import WorkerProcess
from green_proxy.tokens.scale import Ask, Mark

# A model may be pulled or created anew under the same name.
LOOK_AGAIN_AFTER_S = 30.0
LOOK_AT_MOST_EVERY_S = 1.0
LOAD_AGAIN_AFTER_S = 30.0
LOAD_WITHIN_S = 40.0
COUNT_WITHIN_S = 2.0
MAX_LISTING_BYTES = 4 << 20


class OllamaScale:
    """Until a model's vocabulary is there, and where it is none that we know, counts are estimates."""

    counts_chats = False

    def __init__(self, ask: Ask, url: str) -> None:
        self._ask = ask
        self._url = url
        self._worker = WorkerProcess()
        self._digests: dict[str, str] = {}
        self._looked_s = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        self._marks: dict[str, Mark] = {}
        self._loading: dict[str, asyncio.Task[Mark]] = {}

    def known(self, model: str) -> Mark | None:
        if self._last_look_s() > LOOK_AGAIN_AFTER_S:
            self._look()
        return self._marks.get(self._digests.get(full_name(model), ""))

    async def learn(self, model: str) -> Mark:
        if full_name(model) not in self._digests and self._last_look_s() > LOOK_AT_MOST_EVERY_S:
            await asyncio.shield(self._look())
        digest = self._digests.get(full_name(model))
        if digest is None:
            return Mark("")
        if (mark := self._marks.get(digest)) is not None:
            return mark
        if digest not in self._loading:
            self._loading[digest] = asyncio.create_task(self._load(digest, model))
        return await asyncio.shield(self._loading[digest])

    async def weigh(self, mark: Mark, model: str, texts: list[str]) -> list[int] | None:
        if not mark.exact:
            return None
        question = {"what": "count", "digest": mark.key, "texts": texts}
        said = await self._worker.ask(question, within_s=COUNT_WITHIN_S) or {}
        if "gone" in said:
            # Others were used since, or the process is a new one; the next request has it fetched again.
            self._marks.pop(mark.key, None)
        counts: list[int] | None = said.get("counts")
        return counts

    async def whole(self, path: str, fields: Mapping[str, Any]) -> int | None:
        """Ollama has no such endpoint."""
        return None

    async def close(self) -> None:
        tasks = [*self._loading.values(), *([self._looking] if self._looking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._worker.close()

    def _last_look_s(self) -> float:
        return time.monotonic() - self._looked_s

    def _look(self) -> asyncio.Task[None]:
        if self._looking is None:
            self._looking = asyncio.create_task(self._list())
        return self._looking

    async def _list(self) -> None:
        try:
            response = await self._ask("GET", "/api/tags", max_bytes=MAX_LISTING_BYTES)
            if response is not None and response.is_success:
                self._digests = _digests(response.json())
        except ValueError:
            pass
        finally:
            self._looked_s = time.monotonic()
            self._looking = None

    async def _load(self, digest: str, model: str) -> Mark:
        question = {"what": "load", "digest": digest, "url": self._url, "model": model}
        try:
            said = await self._worker.ask(question, within_s=LOAD_WITHIN_S)
        finally:
            del self._loading[digest]
        if said is None or "failed" in said:
            mark = Mark(digest)
            asyncio.get_running_loop().call_later(LOAD_AGAIN_AFTER_S, self._marks.pop, digest, None)
        elif "unknown" in said:
            text = f"token counts of {model} are estimates: {said['unknown']}"
            get_log().warning("tokens.estimated", say=text, model=model)
            mark = Mark(digest)
        else:
            mark = Mark(
                digest,
                exact=True,
                chatml=said["chatml"],
                settled=said["chatml"] and said["settled"],
                begins=said["begins"],
            )
        self._marks[digest] = mark
        return mark


def _digests(listing: Any) -> dict[str, str]:
    found = listing.get("models") if isinstance(listing, dict) else None
    models = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return {full_name(str(one.get("name", ""))): str(one["digest"]) for one in models if one.get("digest")}
