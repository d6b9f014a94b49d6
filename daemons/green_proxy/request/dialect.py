# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which words each generating route uses for what the proxy reads: a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType, NoneType
from typing import Literal

from green_proxy.request.route import GENERATING

Kind = Literal["chat", "completion", "embedding", "other"]
Words = Literal["ollama", "openai", "openai-responses", "anthropic", "llama-server"]


@dataclass(frozen=True, slots=True)
class Allowed:
    """JSON types that a field may have, and how to say that; null always counts as not given."""

    types: frozenset[type]
    said: str


def _allowed(said: str, *types: type) -> Allowed:
    return Allowed(frozenset((*types, NoneType)), said)


TEXT = _allowed("a string", str)
SWITCH = _allowed("true or false", bool)
NUMBER = _allowed("a number", int, float)
LIST = _allowed("a list", list)
OBJECT = _allowed("an object", dict)
TEXT_OR_LIST = _allowed("a string or a list", str, list)
TEXT_OR_NUMBER = _allowed("a number or a string", int, float, str)
TEXT_OR_SWITCH = _allowed("true, false or a string", bool, str)
ANY = _allowed("anything", str, int, float, bool, list, dict)
PROMPT = _allowed("a string, a list or an object", str, list, dict)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where a route's body says what; an empty name where it has no word for it."""

    kind: Kind
    words: Words
    types: MappingProxyType[str, Allowed]
    messages: str = ""
    prompt: str = ""
    system: str = ""
    tools: str = ""
    streams: bool = False  # where the body does not say
    caps: tuple[str, ...] = ()  # on generated tokens; the first is the one to add
    cap_added: Literal["always", "ollama", "never"] = "never"  # others have a lower default of their own
    thinking: str = ""
    formats: tuple[str, ...] = ()
    temperature: str = "temperature"
    seed: str = "seed"
    in_options: bool = False  # caps, temperature and seed stand within `options`
    asks_for_usage: bool = False  # streams count tokens only with stream_options.include_usage

    @property
    def folds(self) -> bool:
        """Go reads the keys of Ollama's own routes in any case; with /v1 other servers do not."""
        return self.words == "ollama"


OPTION_TYPES = {"num_predict": NUMBER, "temperature": NUMBER, "seed": NUMBER}


def _types(**types: Allowed) -> MappingProxyType[str, Allowed]:
    return MappingProxyType({"model": TEXT, "stream": SWITCH, **types})


_OTHER = Dialect("other", "llama-server", MappingProxyType({"model": TEXT}))

_OLLAMA = _types(options=OBJECT, keep_alive=TEXT_OR_NUMBER, shift=SWITCH)
_OLLAMA_ANSWER = {**_OLLAMA, "think": TEXT_OR_SWITCH, "format": ANY}
_OLLAMA_CHAT = Dialect(
    "chat",
    "ollama",
    MappingProxyType({**_OLLAMA_ANSWER, "messages": LIST, "tools": LIST}),
    messages="messages",
    tools="tools",
    streams=True,
    caps=("num_predict",),
    cap_added="always",
    thinking="think",
    formats=("format",),
    in_options=True,
)
_OLLAMA_GENERATE = replace(
    _OLLAMA_CHAT,
    kind="completion",
    types=MappingProxyType(
        {**_OLLAMA_ANSWER, "prompt": TEXT, "system": TEXT, "images": LIST, "raw": SWITCH, "context": LIST}
    ),
    messages="",
    prompt="prompt",
    system="system",
    tools="",
)
_OLLAMA_EMBED = Dialect(
    "embedding",
    "ollama",
    MappingProxyType({**_OLLAMA, "input": TEXT_OR_LIST, "prompt": TEXT}),
    prompt="input",
    in_options=True,
)

# llama-server takes its own n_predict on these too, and prefers it; vLLM has words of its own for formats.
_OPENAI = _types(
    max_tokens=NUMBER,
    n_predict=NUMBER,
    temperature=NUMBER,
    seed=NUMBER,
    stream_options=OBJECT,
    reasoning_effort=TEXT,
    chat_template_kwargs=OBJECT,
)
_FORMATS = (
    "response_format",
    "json_schema",
    "grammar",
    "structured_outputs",
    "guided_json",
    "guided_regex",
    "guided_choice",
    "guided_grammar",
)
_OPENAI_CHAT = Dialect(
    "chat",
    "openai",
    MappingProxyType(
        {**_OPENAI, "messages": LIST, "tools": LIST, "max_completion_tokens": NUMBER, "reasoning": OBJECT}
    ),
    messages="messages",
    tools="tools",
    caps=("max_tokens", "max_completion_tokens", "n_predict"),
    cap_added="always",
    thinking="reasoning_effort",
    formats=_FORMATS,
    asks_for_usage=True,
)
_OPENAI_COMPLETIONS = Dialect(
    "completion",
    "openai",
    MappingProxyType({**_OPENAI, "prompt": PROMPT}),
    prompt="prompt",
    caps=("max_tokens", "n_predict"),
    # vLLM stops after 16 tokens where nothing is said.
    cap_added="ollama",
    formats=_FORMATS,
    asks_for_usage=True,
)
_OPENAI_EMBEDDINGS = Dialect(
    "embedding", "openai", MappingProxyType({"model": TEXT, "input": PROMPT}), prompt="input"
)
_RESPONSES = Dialect(
    "chat",
    "openai-responses",
    _types(
        input=TEXT_OR_LIST,
        instructions=TEXT,
        tools=LIST,
        max_output_tokens=NUMBER,
        temperature=NUMBER,
        reasoning=OBJECT,
        text=OBJECT,
        chat_template_kwargs=OBJECT,
    ),
    messages="input",
    system="instructions",
    tools="tools",
    caps=("max_output_tokens",),
    cap_added="always",
    thinking="reasoning",
    formats=("text.format",),
    seed="",
)
_ANTHROPIC = Dialect(
    "chat",
    "anthropic",
    _types(
        messages=LIST,
        system=TEXT_OR_LIST,
        tools=LIST,
        max_tokens=NUMBER,
        temperature=NUMBER,
        thinking=OBJECT,
        output_config=OBJECT,
        chat_template_kwargs=OBJECT,
    ),
    messages="messages",
    system="system",
    tools="tools",
    caps=("max_tokens",),
    thinking="thinking",
    formats=("output_format", "output_config.format"),
    seed="",
)
_LLAMA = Dialect(
    "completion",
    "llama-server",
    _types(
        prompt=PROMPT,
        n_predict=NUMBER,
        max_tokens=NUMBER,
        max_completion_tokens=NUMBER,
        temperature=NUMBER,
        seed=NUMBER,
    ),
    prompt="prompt",
    caps=("n_predict", "max_completion_tokens", "max_tokens"),
    cap_added="always",
    formats=_FORMATS,
)
_LLAMA_EMBEDDING = replace(_OPENAI_EMBEDDINGS, words="llama-server")

DIALECTS: dict[str, Dialect] = {
    **dict.fromkeys(GENERATING, _OTHER),
    "/api/chat": _OLLAMA_CHAT,
    "/api/generate": _OLLAMA_GENERATE,
    "/api/embed": _OLLAMA_EMBED,
    "/api/embeddings": replace(_OLLAMA_EMBED, prompt="prompt"),
    "/v1/chat/completions": _OPENAI_CHAT,
    "/chat/completions": _OPENAI_CHAT,
    "/v1/completions": _OPENAI_COMPLETIONS,
    "/v1/embeddings": _OPENAI_EMBEDDINGS,
    "/v1/responses": _RESPONSES,
    "/responses": _RESPONSES,
    "/v1/messages": _ANTHROPIC,
    "/completion": _LLAMA,
    "/completions": _LLAMA,
    "/infill": replace(_LLAMA, formats=("grammar", "json_schema")),
    "/embedding": _LLAMA_EMBEDDING,
    "/embeddings": _LLAMA_EMBEDDING,
}


def dialect_of(path: str) -> Dialect:
    return DIALECTS.get(path, _OTHER)
