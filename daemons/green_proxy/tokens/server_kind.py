# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which model server this is, as far as counting tokens goes."""

from __future__ import annotations

from green_proxy.tokens.ollama import OllamaScale
from green_proxy.tokens.openai_servers import LlamaServerScale, VllmScale
from green_proxy.tokens.scale import Ask, Scale


async def find_scale(ask: Ask, url: str) -> Scale | None:
    """None where the server doesn't answer now or is none of those known."""
    if await _has(ask, "/api/version"):
        return OllamaScale(ask, url)
    # llama-server has /api/tags as well, for clients that look for Ollama.
    if await _has(ask, "/props"):
        return LlamaServerScale(ask)
    if await _has(ask, "/version"):
        return VllmScale(ask)
    return None


async def _has(ask: Ask, path: str) -> bool:
    response = await ask("GET", path)
    return response is not None and response.is_success
