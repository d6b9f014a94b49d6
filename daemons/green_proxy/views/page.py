# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a person sees who opens the web gateway."""

from __future__ import annotations

import html

from green_common import __version__
from green_proxy.headers import Headers, text_of

HEADERS: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]
TEXT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>green-qwen</title>
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem;
         color-scheme: light dark; color: CanvasText; background: Canvas }}
  code {{ font-size: 0.95em }}
</style>
<h1>green-qwen {version}</h1>
<p>This is the web gateway of green-proxy. It stands before the model server at <code>{upstream}</code>,
shapes what reaches the GPU, and knows what each answer costs.</p>
<p>The same API as Ollama's is here and at <code>http://{listen}</code>: point your client at either.
<a href="/-/status">/-/status</a> says what goes on, <a href="/-/metrics">/-/metrics</a> the same for
Prometheus.</p>
</html>
"""


def wants_page(method: str, path: str, headers: Headers) -> bool:
    """A browser asks for HTML; a client that probes for Ollama does not."""
    return path == "/" and method in ("GET", "HEAD") and "text/html" in (text_of(headers, b"accept") or "")


def page(*, upstream: str, listen: str) -> bytes:
    values = {"upstream": upstream, "listen": listen, "version": __version__}
    return TEXT.format(**{name: html.escape(value) for name, value in values.items()}).encode()
