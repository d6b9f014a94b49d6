# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Have a llama-server read the fixed text and go on with the beginnings.

llama-server tells the probability of the token that it chose, before samplers, and of no token of the
prompt. So each token of the text is asked for on its own, with a bias that leaves it no other choice: what is
told is then how likely it was without the bias. The prompt cache makes that one new token a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from green_common.errors import UnavailableError
from green_qwen.bench.quality.compare import Reading
from green_qwen.bench.quality.text import BEGINNINGS, READ

# Far above any logit, far below what a float loses digits at.
FORCED = 10_000.0
ANSWER_TOKENS = 64
WITHIN_S = 300.0


async def read_with(url: str, text: str = READ, beginnings: Sequence[str] = BEGINNINGS) -> Reading:
    """Raises UnavailableError where it is no llama-server, or one that does not tell probabilities."""
    async with httpx.AsyncClient(base_url=url, timeout=WITHIN_S, trust_env=False) as http:
        try:
            tokens = await _tokens(http, text)
            likely = [await _likelihood(http, tokens[:at], tokens[at]) for at in range(1, len(tokens))]
            answers = [await _answer(http, beginning) for beginning in beginnings]
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"{url}: {type(error).__name__} {error}; is llama-server there?"
            ) from error
        except (ValueError, LookupError, TypeError) as error:
            raise UnavailableError(f"{url}: no llama-server that tells probabilities: {error}") from error
    return Reading(
        tuple(logprob for logprob, _ in likely), tuple(next_ for _, next_ in likely), tuple(answers)
    )


async def _tokens(http: httpx.AsyncClient, text: str) -> list[int]:
    answer = await _post(http, "/tokenize", {"content": text, "add_special": True})
    return [int(token) for token in answer["tokens"]]


async def _likelihood(http: httpx.AsyncClient, before: Sequence[int], token: int) -> tuple[float, int]:
    """The logarithm of that token's probability, and which one was the likeliest."""
    asked = {"logit_bias": [[token, FORCED]], "n_predict": 1, "n_probs": 1, "cache_prompt": True}
    answer = await _post(http, "/completion", {"prompt": list(before), **_greedy(), **asked})
    told = answer["completion_probabilities"][0]
    if told["id"] != token:
        raise ValueError(f"it chose token {told['id']} where {token} was asked for")
    return float(told["logprob"]), int(told["top_logprobs"][0]["id"])


async def _answer(http: httpx.AsyncClient, beginning: str) -> tuple[int, ...]:
    # Without the cache both servers reckon in the same order, and with the end forbidden to the same length.
    asked = {"n_predict": ANSWER_TOKENS, "return_tokens": True, "cache_prompt": False, "ignore_eos": True}
    answer = await _post(http, "/completion", {"prompt": beginning, **_greedy(), **asked})
    return tuple(int(token) for token in answer["tokens"])


def _greedy() -> dict[str, Any]:
    # The likeliest alone is left to choose from; without any sampler one would be drawn.
    return {"samplers": ["top_k"], "top_k": 1, "stream": False}


async def _post(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> Any:
    return (await http.post(path, json=body)).raise_for_status().json()
