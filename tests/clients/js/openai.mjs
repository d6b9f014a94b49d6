// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
// What green-proxy is asked by the official `openai` package.

import assert from "node:assert/strict";
import OpenAI from "openai";
import { asking, collect, given, hello, run } from "./feature.mjs";

const { model } = given;
const client = new OpenAI({ baseURL: `${given.url}/v1`, apiKey: "unused", maxRetries: 0 });
const tools = [{ type: "function", function: { name: "forecast", parameters: given.schema } }];
const image = `data:image/png;base64,${given.image}`;
const begins = (text) => assert.ok(text.startsWith(given.words), text);
const chat = (fields) => client.chat.completions.create({ model, messages: hello, ...fields });

await run({
  async chat_whole() {
    const answer = await chat({});
    begins(answer.choices[0].message.content);
    assert.equal(answer.usage.completion_tokens, given.tokens);
    begins((await client.responses.create({ model, input: "hello there" })).output_text);
  },
  async chat_streamed() {
    const parts = await collect(await chat({ stream: true, stream_options: { include_usage: true } }));
    begins(parts.map((part) => part.choices[0]?.delta.content ?? "").join(""));
    assert.equal(parts.at(-1).usage.completion_tokens, given.tokens);
    const silent = await collect(await chat({ stream: true }));
    assert.ok(silent.every((part) => !part.usage));
    // Without thinking: this helper wants an event before a summary that Ollama does not send.
    const fields = { model, input: "hello there", reasoning: { effort: "none" } };
    const response = await client.responses.stream(fields).finalResponse();
    begins(response.output_text);
  },
  async thinking() {
    assert.ok((await chat({ reasoning_effort: "high" })).choices[0].message.reasoning);
    assert.ok(!(await chat({ reasoning_effort: "none" })).choices[0].message.reasoning);
  },
  async tools() {
    const { message } = (await chat({ messages: asking, tools })).choices[0];
    const call = message.tool_calls[0];
    assert.deepEqual(JSON.parse(call.function.arguments), given.arguments);
    const result = { role: "tool", tool_call_id: call.id, content: "sunny" };
    begins((await chat({ messages: [...asking, message, result], tools })).choices[0].message.content);
  },
  async tools_streamed() {
    const stream = client.chat.completions.stream({ model, messages: asking, tools });
    const { choices } = await stream.finalChatCompletion();
    assert.equal(choices[0].message.tool_calls[0].function.name, "forecast");
  },
  async images() {
    const content = [{ type: "text", text: "what is it?" }, { type: "image_url", image_url: { url: image } }];
    await chat({ messages: [{ role: "user", content }] });
  },
  async structured() {
    const json_schema = { name: "forecast", schema: given.schema };
    const answer = await chat({ response_format: { type: "json_schema", json_schema } });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), given.arguments);
  },
  async completion() {
    const whole = await client.completions.create({ model, prompt: "hello" });
    begins(whole.choices[0].text);
    const parts = await collect(await client.completions.create({ model, prompt: "hello", stream: true }));
    begins(parts.map((part) => part.choices[0].text).join(""));
  },
  async embeddings() {
    const { data } = await client.embeddings.create({ model, input: ["a", "b", "a"] });
    assert.deepEqual(data[0].embedding, data[2].embedding);
    assert.equal(data[0].embedding.length, 64);
  },
  async models() {
    assert.ok((await collect(await client.models.list())).some((one) => one.id === model));
    assert.equal((await client.models.retrieve(model)).id, model);
  },
  async cancel() {
    const stream = await chat({ stream: true });
    for await (const _ of stream) stream.controller.abort();
  },
  async errors() {
    await assert.rejects(chat({ model: "gpt-9" }), OpenAI.NotFoundError);
    await assert.rejects(chat({ messages: [] }), OpenAI.BadRequestError);
  },
});
