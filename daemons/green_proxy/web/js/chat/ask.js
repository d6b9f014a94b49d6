// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { request } from "../request.js";
import { Trouble, brokenOff, sentence, troubleOfAnswer } from "./trouble.js";

/**
 * One call of /api/chat. `heard` gets the headers, then each part as it comes; the last part is returned.
 * Raises Trouble where the answer is none, and AbortError where it was stopped.
 */
export async function ask({ model, messages, thinks }, conversation, signal, heard) {
  const answer = await request("/api/chat", {
    method: "POST",
    signal,
    headers: {
      "content-type": "application/json",
      "x-green-conversation": conversation,
      "x-green-receipt": "yes",
    },
    body: JSON.stringify({ model, messages, stream: true, ...(thinks ? {} : { think: false }) }),
  });
  if (!answer.ok) throw await troubleOfAnswer(answer);
  heard.head(answer.headers);
  for await (const part of objectsOf(answer.body)) {
    if (part.error) throw new Trouble(`The model server gave up. ${sentence(String(part.error))}`);
    heard.part(part.message ?? {});
    if (part.done) return part;
  }
  throw brokenOff();
}

/** One JSON object a line, however the bytes were cut on the way. */
async function* objectsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (done ? "\n" : value)).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.trim()) yield JSON.parse(line);
    if (done) return;
  }
}
