# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The routes whose POSTs make the GPU work."""

from __future__ import annotations

# Ollama's, those of OpenAI-compatible servers, and llama-server's own.
GENERATING = frozenset(
    {
        "/api/chat",
        "/api/generate",
        "/api/embed",
        "/api/embeddings",
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/responses",
        "/v1/messages",
        "/responses",
        "/completion",
        "/completions",
        "/chat/completions",
        "/embedding",
        "/embeddings",
        "/infill",
        "/rerank",
        "/reranking",
        "/v1/rerank",
        "/v1/reranking",
    }
)


def generates(method: str, path: str) -> bool:
    return method == "POST" and path in GENERATING
