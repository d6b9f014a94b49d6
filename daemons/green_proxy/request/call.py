# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a client asks of the model, as far as the proxy reads it, and the body that goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from green_proxy.request.content import images_in, text_of
from green_proxy.request.dialect import Dialect, dialect_of
from green_proxy.request.document import Document, parse_object
from green_proxy.request.types import check_types, fold

_MAX_DURATION_CHARACTERS = 20
_ZERO_DURATION = re.compile(r"[+-]?(0+(\.0*)?(ns|us|µs|ms|s|m|h)|0)+")
_SYSTEM_ROLES = ("system", "developer")


@dataclass(slots=True)
class Call:
    """Steps change `fields` through change() and remove() alone, so that the rest stays as it came."""

    dialect: Dialect
    path: str
    raw: bytes
    fields: dict[str, Any]
    changed: bool = False
    notes: list[tuple[bytes, bytes]] = field(default_factory=list)
    usage_asked_by_us: bool = False
    _document: Document = field(default_factory=Document.empty, repr=False)
    _rewritten: set[str] = field(default_factory=set, repr=False)
    _images: int | None = field(default=None, repr=False)

    @property
    def model(self) -> str:
        return self.fields.get("model") or ""

    @property
    def stream(self) -> bool:
        if self.dialect.kind in ("embedding", "other"):
            return False
        said = self.fields.get("stream")
        return self.dialect.streams if said is None else bool(said)

    @property
    def messages(self) -> list[dict[str, Any]] | None:
        """None where the route has none; Responses with a string for its input has none either."""
        messages = self._field(self.dialect.messages)
        return messages if isinstance(messages, list) else None

    @property
    def prompt(self) -> Any:
        """Of completions and embeddings: a string, or what else their servers take."""
        return self._field(self.dialect.prompt)

    @property
    def options(self) -> dict[str, Any] | None:
        """Ollama's."""
        return self.fields.get("options") if self.dialect.in_options else None

    @property
    def system(self) -> str:
        """The text of the system prompt, wherever it stands."""
        apart = text_of(self._field(self.dialect.system))
        said = [text_of(m.get("content")) for m in self.messages or () if m.get("role") in _SYSTEM_ROLES]
        return "\n".join(filter(None, (apart, *said)))

    @property
    def text(self) -> str:
        """What all messages say."""
        return "\n".join([text_of(message.get("content")) for message in self.messages or ()])

    @property
    def tools(self) -> bool:
        return bool(self._field(self.dialect.tools))

    @property
    def images(self) -> int:
        """As the client sent them; of a long chat each message has to be looked at, so this is done once."""
        if self._images is None:
            self._images = self._count_images()
        return self._images

    def _count_images(self) -> int:
        prompt = self.prompt
        apart = prompt.get("multimodal_data") if isinstance(prompt, dict) else self.fields.get("images")
        return sum(map(images_in, self.messages or ())) + (len(apart) if isinstance(apart, list) else 0)

    @property
    def format(self) -> bool:
        """True where the answer has to have a form."""
        return any(_says_form(_at(self.fields, name)) for name in self.dialect.formats)

    @property
    def raw_prompt(self) -> bool:
        """True where Ollama is told to apply no template."""
        return self.dialect.words == "ollama" and self.fields.get("raw") is True

    @property
    def temperature(self) -> float | None:
        return self._sampling.get(self.dialect.temperature)

    @property
    def seed(self) -> float | None:
        return self._sampling.get(self.dialect.seed)

    @property
    def keep_alive(self) -> float | str | None:
        return self.fields.get("keep_alive") if self.dialect.words == "ollama" else None

    @property
    def unloads(self) -> bool:
        """True where Ollama unloads the model after this."""
        said = self.keep_alive
        if isinstance(said, str):
            return len(said) <= _MAX_DURATION_CHARACTERS and bool(_ZERO_DURATION.fullmatch(said))
        return said is not None and said == 0

    @property
    def loads_only(self) -> bool:
        """True where Ollama loads or unloads the model and generates nothing."""
        if self.dialect.words != "ollama" or not self.fields:
            return False
        return not self._field(self.dialect.messages or self.dialect.prompt)

    @property
    def output_limit(self) -> int | None:
        """The least number of tokens that the client allows; None where it sets no limit."""
        limits = [limit for limit in self.output_limits.values() if limit >= 0]
        return int(min(limits)) if limits else None

    @output_limit.setter
    def output_limit(self, tokens: int) -> None:
        """Under each name that the client used, and under the one that all servers of this dialect know."""
        names = dict.fromkeys((*self.dialect.caps[:1], *self.output_limits), tokens)
        if self.dialect.in_options:
            self.change("options", {**self._sampling, **names})
            return
        for name in names:
            self.change(name, tokens)

    @property
    def output_limits(self) -> dict[str, float]:
        """What the client says under each name; negative is unlimited."""
        said = self._sampling
        return {name: said[name] for name in self.dialect.caps if said.get(name) is not None}

    def _field(self, name: str) -> Any:
        return self.fields.get(name) if name else None

    @property
    def _sampling(self) -> Mapping[str, Any]:
        return (self.fields.get("options") or {}) if self.dialect.in_options else self.fields

    def change(self, name: str, value: Any) -> None:
        self.fields[name] = value
        self._rewritten.add(name)
        self.changed = True

    def remove(self, name: str) -> None:
        if name in self.fields:
            del self.fields[name]
            self.changed = True

    def note(self, name: str, text: str) -> None:
        """Tells the client in a header what was done: note("Trim", ...) is X-Green-Trim."""
        self.notes.append((b"X-Green-" + name.encode(), text.encode("latin-1", "replace")))

    def include_usage(self) -> None:
        """Has a stream end with its token counts where the client did not ask for them."""
        if not self.dialect.asks_for_usage or not self.stream:
            return
        options = self.fields.get("stream_options") or {}
        if options.get("include_usage") is not True:
            self.change("stream_options", {**options, "include_usage": True})
            self.usage_asked_by_us = True

    @property
    def wants_usage(self) -> bool:
        """True where the client asked for a stream's token counts itself."""
        options = (self.fields.get("stream_options") or {}) if self.dialect.asks_for_usage else {}
        return options.get("include_usage") is True and not self.usage_asked_by_us

    def body(self) -> bytes:
        """As the client sent it, byte for byte, unless something was changed."""
        return self._document.written(self.fields, self._rewritten) if self.changed else self.raw


def read_call(path: str, body: bytes) -> Call:
    """Raises Fault (400, 413) for what is no JSON object, or has a wrong type where the proxy reads."""
    dialect = dialect_of(path)
    if not body:
        # The model server has its own words for it.
        return Call(dialect, path, body, {})
    document = parse_object(body)
    if dialect.folds:
        fold(document, dialect.types)
    check_types(document.fields, dialect)
    return Call(dialect, path, body, document.fields, _document=document)


def _at(fields: Mapping[str, Any], path: str) -> Any:
    name, _, within = path.partition(".")
    value = fields.get(name)
    if not within:
        return value
    return value.get(within) if isinstance(value, dict) else None


def _says_form(value: Any) -> bool:
    free = isinstance(value, dict) and value.get("type") == "text"
    return value is not None and value != "" and not free
