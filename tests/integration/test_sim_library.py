# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated Ollama's models and blobs: what comes, what goes, and what is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from integration.sim_rig import simulation

BLOB = b"simulated weights" * 1000
DIGEST = f"sha256:{hashlib.sha256(BLOB).hexdigest()}"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[httpx.Client]:
    """A fresh simulation."""
    with simulation(tmp_path) as sim, httpx.Client(base_url=sim.url) as client:
        yield client


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


def names(api: httpx.Client) -> list[str]:
    return [model["name"] for model in api.get("/api/tags").json()["models"]]


def test_pulled_model_is_there(api: httpx.Client) -> None:
    """After progress that reaches its total."""
    progress = lines(api.post("/api/pull", json={"model": "small:1b"}))

    assert progress[0] == {"status": "pulling manifest"}
    assert progress[-1] == {"status": "success"}
    parts = [line for line in progress if "completed" in line]
    assert parts[-1]["completed"] == parts[-1]["total"]
    assert "small:1b" in names(api)


def test_unknown_model_fails_inside_the_stream(api: httpx.Client) -> None:
    """With a status of its own where nothing is streamed."""
    streamed = api.post("/api/pull", json={"model": "missing"})
    whole = api.post("/api/pull", json={"model": "missing", "stream": False})

    assert streamed.status_code == 200
    assert "error" in lines(streamed)[-1]
    assert whole.status_code == 500


def test_blob_is_taken_once(api: httpx.Client) -> None:
    """And checked."""
    assert api.head(f"/api/blobs/{DIGEST}").status_code == 404
    assert api.post(f"/api/blobs/{DIGEST}", content=BLOB).status_code == 201
    assert api.post(f"/api/blobs/{DIGEST}", content=BLOB).status_code == 200
    assert api.head(f"/api/blobs/{DIGEST}").status_code == 200


@pytest.mark.parametrize(
    ("digest", "error"), [("sha256:" + "0" * 64, "digest mismatch"), ("md5:1", "invalid digest format")]
)
def test_wrong_digest_is_refused(api: httpx.Client, digest: str, error: str) -> None:
    """Whether it doesn't fit or is none."""
    answer = api.post(f"/api/blobs/{digest}", content=BLOB)

    assert answer.status_code == 400
    assert error in answer.json()["error"]


def test_model_is_created_copied_and_deleted(api: httpx.Client) -> None:
    """From a model, and from a blob that was uploaded."""
    api.post(f"/api/blobs/{DIGEST}", content=BLOB)

    api.post("/api/create", json={"model": "one", "from": "qwen3:32b"})
    api.post("/api/create", json={"model": "two", "files": {"a.gguf": DIGEST}})
    api.post("/api/copy", json={"source": "two", "destination": "three:x"})
    api.request("DELETE", "/api/delete", json={"model": "two"})

    assert names(api) == ["qwen3:32b", "one:latest", "three:x"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/create", {"model": "x"}, 400),
        ("POST", "/api/create", {"model": "x", "files": {"a": DIGEST}, "stream": False}, 500),
        ("POST", "/api/copy", {"source": "none", "destination": "x"}, 404),
        ("POST", "/api/copy", {"source": "qwen3:32b"}, 400),
        ("DELETE", "/api/delete", {"model": "none"}, 404),
        ("POST", "/api/push", {"model": "none", "stream": False}, 500),
        ("POST", "/api/pull", {}, 400),
        ("POST", "/api/me", {}, 401),
    ],
)
def test_refusals_have_a_status(
    api: httpx.Client, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    """And an error in words."""
    answer = api.request(method, path, json=body)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_page_is_let_in(api: httpx.Client) -> None:
    """A browser asks by OPTIONS first."""
    answer = api.options("/api/chat", headers={"Origin": "http://localhost:3000"})

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"


def test_slash_at_the_end_is_taken_away(api: httpx.Client) -> None:
    """By a redirect that names no host."""
    assert api.get("/api/tags/").headers["location"] == "/api/tags"
    assert api.get("/api/nothing/").status_code == 404
