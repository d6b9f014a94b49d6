// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
// What green-proxy is asked by the official `ollama` package.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Ollama } from "ollama";
import { asking, collect, given, hello, run } from "./feature.mjs";

const { model } = given;
const client = new Ollama({ host: given.url });
const tools = [{ type: "function", function: { name: "forecast", description: "weather", parameters: given.schema } }];
const begins = (text) => assert.ok(text.startsWith(given.words), text);

await run({
  async chat_whole() {
    const answer = await client.chat({ model, messages: hello });
    begins(answer.message.content);
    assert.equal(answer.eval_count, given.tokens);
  },
  async chat_streamed() {
    const parts = await collect(await client.chat({ model, messages: hello, stream: true }));
    begins(parts.map((part) => part.message.content).join(""));
    assert.ok(parts.at(-1).done);
  },
  async thinking() {
    const on = await client.chat({ model, messages: hello, think: true });
    const off = await client.chat({ model, messages: hello, think: false });
    assert.ok(on.message.thinking);
    assert.ok(!off.message.thinking);
  },
  async tools() {
    const { message } = await client.chat({ model, messages: asking, tools });
    assert.deepEqual(message.tool_calls[0].function.arguments, given.arguments);
    const result = { role: "tool", tool_name: "forecast", content: "sunny" };
    begins((await client.chat({ model, messages: [...asking, message, result], tools })).message.content);
  },
  async tools_streamed() {
    const parts = await collect(await client.chat({ model, messages: asking, tools, stream: true }));
    const calls = parts.flatMap((part) => part.message.tool_calls ?? []);
    assert.deepEqual(calls.map((call) => call.function.name), ["forecast"]);
  },
  async images() {
    const messages = [{ role: "user", content: "what is it?", images: [given.image] }];
    await client.chat({ model, messages });
  },
  async structured() {
    const { message } = await client.chat({ model, messages: hello, format: given.schema, think: false });
    assert.deepEqual(JSON.parse(message.content), given.arguments);
  },
  async completion() {
    begins((await client.generate({ model, prompt: "hello", think: false })).response);
    const parts = await collect(await client.generate({ model, prompt: "hello", think: false, stream: true }));
    begins(parts.map((part) => part.response).join(""));
  },
  async embeddings() {
    const { embeddings } = await client.embed({ model, input: ["a", "b", "a"] });
    assert.deepEqual(embeddings[0], embeddings[2]);
    assert.ok((await client.embeddings({ model, prompt: "a" })).embedding.length);
  },
  async models() {
    assert.ok((await client.list()).models.some((one) => one.model === model));
    assert.ok((await client.show({ model })).capabilities.includes("tools"));
    assert.ok((await client.ps()).models);
  },
  async pull() {
    const parts = await collect(await client.pull({ model: "js:1b", stream: true }));
    assert.equal(parts.at(-1).status, "success");
    assert.equal((await client.push({ model: "js:1b" })).status, "success");
  },
  async blobs() {
    // This package has no call for an upload; what it has needs the blob to be there.
    const digest = `sha256:${createHash("sha256").update(given.blob).digest("hex")}`;
    const uploaded = await fetch(`${given.url}/api/blobs/${digest}`, { method: "POST", body: given.blob });
    assert.equal(uploaded.status, 201);
    const made = await client.create({ model: "js-own", files: { "weights.gguf": digest } });
    assert.equal(made.status, "success");
    await client.copy({ source: "js-own", destination: "js-other" });
    await client.delete({ model: "js-own" });
    const names = (await client.list()).models.map((one) => one.model);
    assert.ok(names.includes("js-other:latest"));
    assert.ok(!names.includes("js-own:latest"));
  },
  async cancel() {
    const stream = await client.chat({ model, messages: hello, stream: true });
    await assert.rejects(async () => {
      for await (const _ of stream) client.abort();
    }, { name: "AbortError" });
  },
  async errors() {
    const expected = { name: "ResponseError", status_code: 404, message: /model 'gpt-9' not found/ };
    await assert.rejects(client.chat({ model: "gpt-9", messages: hello }), expected);
  },
});
