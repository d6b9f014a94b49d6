# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated Ollama, as the official `ollama` client and plain HTTP see it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import ollama
import pytest

from integration.sim_rig import Simulation, simulation, wait_for

QWEN = "qwen3:32b"
HELLO = [{"role": "user", "content": "hello there"}]


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    """One simulation with four slots and two models."""
    arguments = (
        "--parallel",
        "4",
        "--models",
        f"{QWEN},llama3",
        "--answer-tokens",
        "8-12",
        "--think-tokens",
        "4",
    )
    with simulation(tmp_path_factory.mktemp("sim"), *arguments) as running:
        yield running


@pytest.fixture
def client(sim: Simulation) -> Iterator[ollama.Client]:
    """The official client."""
    with ollama.Client(sim.url) as opened:
        yield opened


def test_chat_answers_with_counts_and_durations(client: ollama.Client) -> None:
    """All fields of the real server's last object are there."""
    answer = client.chat(QWEN, HELLO)

    assert answer.message.content
    assert answer.message.content.startswith("This is a simulated answer.")
    assert answer.message.thinking
    assert (answer.done, answer.done_reason) == (True, "stop")
    assert 12 <= (answer.eval_count or 0) <= 16
    assert answer.prompt_eval_count
    assert answer.total_duration
    assert answer.load_duration
    assert answer.prompt_eval_duration
    assert answer.eval_duration


def test_stream_brings_thinking_then_content_then_the_end(client: ollama.Client) -> None:
    """One token an object."""
    parts = list(client.chat(QWEN, HELLO, stream=True))

    kinds = ["thinking" if part.message.thinking else "content" for part in parts[:-1]]
    assert kinds == sorted(kinds, reverse=True)
    assert set(kinds) == {"thinking", "content"}
    assert parts[-1].done
    assert len(parts) - 1 == parts[-1].eval_count


def test_thinking_can_be_turned_off(client: ollama.Client) -> None:
    """Then there are only tokens of the answer."""
    assert not client.chat(QWEN, HELLO, think=False).message.thinking


def test_model_that_cannot_think_refuses_to(client: ollama.Client) -> None:
    """With status 400."""
    with pytest.raises(ollama.ResponseError, match="does not support thinking") as caught:
        client.chat("llama3", HELLO, think=True)

    assert caught.value.status_code == 400


def test_generate_completes_a_prompt(client: ollama.Client) -> None:
    """Until the client's limit."""
    answer = client.generate(QWEN, "say something", think=False, options={"num_predict": 3})

    assert answer.response == "This is a si"
    assert answer.done_reason == "length"


def test_embeddings_are_one_vector_a_text(client: ollama.Client) -> None:
    """The same for the same text."""
    answer = client.embed(QWEN, ["a", "b", "a"])

    assert answer.embeddings[0] == answer.embeddings[2] != answer.embeddings[1]
    assert answer.prompt_eval_count


def test_json_is_answered_on_demand(client: ollama.Client) -> None:
    """The answer can be parsed."""
    answer = client.chat(QWEN, HELLO, think=False, format="json")

    assert "simulated" in json.loads(answer.message.content or "")


def test_models_are_listed_and_shown(client: ollama.Client) -> None:
    """With what other parts read of them."""
    assert [model.model for model in client.list().models] == [QWEN, "llama3:latest"]
    shown = client.show(QWEN)
    assert shown.capabilities == ["completion", "tools", "thinking"]
    assert (shown.modelinfo or {})["qwen3.context_length"] == 40960


def test_resident_model_is_shown_until_it_is_unloaded(client: ollama.Client) -> None:
    """Preload, look, unload, look."""
    assert client.chat(QWEN, [], keep_alive="1h").done_reason == "load"
    resident = client.ps().models[0]
    assert (resident.model, resident.context_length) == (QWEN, 40960)
    assert (resident.size_vram or 0) > 20 * 10**9

    assert client.generate(QWEN, keep_alive=0).done_reason == "unload"
    wait_for(lambda: not client.ps().models)


def test_other_options_reload_the_model(client: ollama.Client, sim: Simulation) -> None:
    """An explicit context against an omitted one costs a load."""
    client.chat(QWEN, HELLO)
    client.chat(QWEN, HELLO, options={"num_ctx": 4096})

    assert sim.requests()[-1]["load_j"] > 0
    assert client.ps().models[0].context_length == 4096


def test_next_turn_uses_the_prompt_cache(client: ollama.Client, sim: Simulation) -> None:
    """Cached tokens are counted as prompt tokens but not computed."""
    first = client.chat(QWEN, [{"role": "user", "content": "word " * 400}], think=False)
    turns = [
        {"role": "user", "content": "word " * 400},
        dict(first.message),
        {"role": "user", "content": "on"},
    ]

    second = client.chat(QWEN, turns, think=False)

    truth = sim.requests()[-1]
    assert truth["cached_tokens"] > 400
    assert second.prompt_eval_count == truth["cached_tokens"] + truth["prefilled_tokens"]


def test_true_cost_is_kept_by_request_id(sim: Simulation) -> None:
    """Whoever sends an id finds its joules by it."""
    body = {"model": QWEN, "messages": HELLO, "stream": False}
    httpx.post(f"{sim.url}/api/chat", json=body, headers={"X-Green-Request-Id": "r-1"}).raise_for_status()

    truth = next(one for one in sim.requests() if one["request_id"] == "r-1")
    assert truth["stage"] == "finished"
    assert truth["decode_j"] > 10
    assert truth["prefill_j"] > 0


def test_client_that_leaves_stops_its_generation(tmp_path: Path) -> None:
    """Also one that waits for a whole answer."""
    with simulation(tmp_path, "--answer-tokens", "4000") as sim:
        for stream in (True, False):
            _leave_early(sim, stream=stream)
            wait_for(lambda: sim.requests()[-1]["stage"] == "cancelled")
            wait_for(lambda: sim.gpu()["phase"] == "idle")
            assert sim.requests()[-1]["generated_tokens"] < 4000


def test_client_that_leaves_during_the_load_aborts_it(tmp_path: Path) -> None:
    """The memory is free again."""
    with simulation(tmp_path, "--load-s", "30") as sim:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{sim.url}/api/chat", json={"model": QWEN, "messages": HELLO}, timeout=0.3)

        wait_for(lambda: sim.gpu()["phase"] == "idle")
        assert sim.gpu()["pids"] == []


@pytest.mark.parametrize(
    ("path", "content", "status", "error"),
    [
        ("/api/chat", b'{"model":"gpt-9","messages":[]}', 404, "model 'gpt-9' not found"),
        ("/api/chat", b"{oops", 400, "invalid request body"),
        ("/api/chat", b'{"model":"\\ud800"}', 404, "not found"),
        ("/api/chat", b'{"model":"qwen3:32b","keep_alive":NaN}', 400, "invalid request body"),
        ("/api/chat", b'{"model":"qwen3:32b","options":{"num_predict":0.5}}', 400, "'num_predict'"),
        ("/api/chat", b"", 400, "missing request body"),
        ("/api/chat", b"[]", 400, "cannot unmarshal"),
        ("/api/chat", b"{}", 400, "model is required"),
        ("/api/generate", b'{"model":"qwen3:32b","prompt":1}', 400, "'prompt'"),
        ("/api/embed", b'{"model":"qwen3:32b"}', 400, "invalid input type"),
        ("/api/show", b'{"model":"gpt-9"}', 404, "not found"),
        ("/sim/faults", b'{"faults":["flood"]}', 400, "unknown fault"),
        ("/sim/faults", b'{"faults":"flood"}', 400, "list of names"),
        ("/sim/processes", b'{"pid":0}', 400, "'pid'"),
    ],
)
def test_errors_have_status_and_text(
    sim: Simulation, path: str, content: bytes, status: int, error: str
) -> None:
    """As the real server words them."""
    answer = httpx.post(sim.url + path, content=content)

    assert answer.status_code == status
    assert error in answer.json()["error"]


@pytest.mark.parametrize("path", ["/", "/api/version", "/api/tags"])
def test_probes_answer_get_and_head(sim: Simulation, path: str) -> None:
    """Health checks use either."""
    assert httpx.get(sim.url + path).status_code == 200
    assert httpx.head(sim.url + path).content == b""


def test_unknown_paths_are_not_found(sim: Simulation) -> None:
    """In the words of the real server's router."""
    answer = httpx.get(f"{sim.url}/api/nothing")

    assert (answer.status_code, answer.text) == (404, "404 page not found")


def test_foreign_process_is_seen_on_the_gpu(sim: Simulation) -> None:
    """And leaves it again."""
    httpx.post(f"{sim.url}/sim/processes", json={"pid": 99, "memory_bytes": 10**9, "power_w": 150})
    assert 99 in sim.gpu()["pids"]

    httpx.post(f"{sim.url}/sim/processes", json={"pid": 99})
    assert 99 not in sim.gpu()["pids"]


def _leave_early(sim: Simulation, *, stream: bool) -> None:
    body = json.dumps({"model": QWEN, "messages": HELLO, "think": False, "stream": stream}).encode()
    head = b"POST /api/chat HTTP/1.1\r\nHost: sim\r\nContent-Length: %d\r\n\r\n" % len(body)
    address = httpx.URL(sim.url)
    seen = len(sim.requests())
    with socket.create_connection((address.host, address.port or 80)) as connection:
        connection.sendall(head + body)
        wait_for(lambda: len(sim.requests()) > seen and sim.requests()[-1]["generated_tokens"] > 3)
