# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What may differ between a call made directly and one made through green-proxy; the rest must not."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from integration.raw_http import Answer, Header

SHAPING_OFF = {f"GREEN_SHAPING_{name}": "false" for name in ("PIN", "CAP", "MERGE", "TRIM", "ADMIT")} | {
    "GREEN_SHAPING_THINKING": "leave",
    "GREEN_SHAPING_MAX_IMAGES": "0",
}

HEAD = """<!-- Written by scripts/test-differential; don't edit. -->
# What green-proxy changes, and nothing else

scripts/test-differential makes the same calls directly and through green-proxy and compares what comes
over the socket: status, headers, bodies byte for byte (times blotted out), and what the model server was
asked. It does so with shaping off and with shaping as installed, for Ollama's API, OpenAI's and Anthropic's,
for unknown routes, errors, odd paths and headers, and for a gibibyte each way. These differences are allowed;
any other fails the test. Headers of one connection (RFC 9110, section 7.6.1), `Date` and `X-Green-*` are
left out of the comparison.
"""

# Headers that belong to one connection (RFC 9110, section 7.6.1), or that name the way itself.
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-authenticate",
    "proxy-authorization",
}
OWN_PREFIX = "x-green-"
TIMED = {"date"}

# What the model server may see otherwise: name, routes, and why.
REQUEST_DIFFERENCES = {
    "host": "names the model server",
    "expect": "answered by the proxy, so that it ends there",
    "accept-encoding": "of generating routes: an answer has to be readable to be counted",
    "content-length": "of generating routes: a body that came in chunks goes on as one",
}
# With shaping as installed a generating request's body may differ in these, and in nothing else. A text
# begins with how.
BODY_DIFFERENCES = {
    "options.num_predict": "added or changed: cap; a limit on generated tokens, to a call without one",
    "max_tokens": "added or changed: cap; the same under /v1",
    "max_output_tokens": "added or changed: cap; the same of Responses",
    "options.num_ctx": "removed: pin",
    "options.num_batch": "removed: pin",
    "options.num_gpu": "removed: pin",
    "options.main_gpu": "removed: pin",
    "options.use_mmap": "removed: pin",
    "options.num_thread": "removed: pin",
    "options.draft_num_predict": "removed: pin",
    "shift": "removed: pin",
}
# With or without shaping, since the proxy counts by it.
USAGE_DIFFERENCES = {
    "stream_options.include_usage": "added or changed: account; under /v1 it is asked for and stripped again",
}
_REASON = "a client has to ignore it (RFC 9112, section 4), and HTTP/2 has none: the standard one is sent"
ANSWER_DIFFERENCES = {
    "load_duration": "a model that is not in memory is loaded by a call of the proxy's own before",
    "max_output_tokens": "cap; an answer of Responses repeats it from the request",
    "place of content-length": "it stands last; the order of headers with different names means nothing "
    "(RFC 9110, section 5.3)",
    "reason": f"the reason phrase; {_REASON}",
    "trailers": "they may be dropped on the way (RFC 9110, section 6.5.1)",
    "words of a refusal": "a body that is no well-formed request, or has a wrong type in it, "
    "may be refused by the proxy itself, with the same status and in the same shape",
}

_VARYING = re.compile(
    rb'"(created_at|expires_at)":"[^"]*"'
    rb'|"(total_duration|load_duration|prompt_eval_duration|eval_duration|created|created_at|completed_at)":\d+'
    rb'|"(max_output_tokens)":(?:null|40960)'
)


def seen_by_client(answer: Answer) -> dict[str, Any]:
    """Everything but what time decides, what the cap echoes and what is meant for one connection."""
    body = masked(answer.body)
    # The digits of a time decide how long a body is; the rest of it is compared.
    timed = body != answer.body and answer.value("content-length") == str(len(answer.body))
    return {
        "status": answer.status,
        "reason": answer.reason,
        "headers": passed(answer.headers, *(("content-length",) if timed else ())),
        "body": body,
        "trailers": answer.trailers,
    }


def passed(headers: list[Header], *others: str) -> list[Header]:
    """Headers that must pass, in their order but for the length; names in lower case: case means nothing."""
    named = {
        value.strip().lower()
        for key, text in headers
        if key.lower() == "connection"
        for value in text.split(",")
    }
    skipped = HOP_BY_HOP | TIMED | named | set(others)
    kept = [(key.lower(), value) for key, value in headers if key.lower() not in skipped]
    others_kept = [(key, value) for key, value in kept if not key.startswith(OWN_PREFIX)]
    return sorted(others_kept, key=lambda header: header[0] == "content-length")


def masked(body: bytes) -> bytes:
    """The bytes with times and the cap blotted out."""
    return _VARYING.sub(lambda found: next(filter(None, found.groups())) + b"*", body)


def differing(direct: bytes, proxied: bytes) -> dict[str, str]:
    """How each field differs in which two JSON objects do, by its dotted name."""
    left, right = _flat(json.loads(direct)), _flat(json.loads(proxied))
    kinds = {name: "added" for name in right.keys() - left.keys()}
    kinds |= {name: "removed" for name in left.keys() - right.keys()}
    return kinds | {name: "changed" for name in left.keys() & right.keys() if left[name] != right[name]}


def allowed(found: dict[str, str], table: dict[str, str]) -> bool:
    """Whether the table has each of them, in its way."""
    return all(kind in table.get(name, "").partition(":")[0] for name, kind in found.items())


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Objects are entered where a single field of theirs may differ."""
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        if key in ("options", "stream_options") and isinstance(inner, dict):
            flat |= _flat(inner, f"{key}.")
        else:
            flat[prefix + key] = inner
    return flat


def page() -> str:
    """The differences that are allowed, as docs/differences.md."""
    tables = {
        "What the model server may see otherwise in the headers": REQUEST_DIFFERENCES,
        "What a generating request's body may differ in, with shaping as installed": BODY_DIFFERENCES,
        "With or without shaping": USAGE_DIFFERENCES,
        "What a client may see otherwise": ANSWER_DIFFERENCES,
    }
    parts = [HEAD]
    for title, table in tables.items():
        parts.append(f"## {title}\n")
        parts.extend(f"- `{name}`: {why}" for name, why in table.items())
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
