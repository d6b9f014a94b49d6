// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { requestJson, request } from "./request.js";

/** Entries of the journal, one by one as they come; raises an Error in the words of whoever refused. */
export async function* readHistory({ since_s, until_s, kind }, signal) {
  const query = new URLSearchParams({ since: since_s.toFixed(3), kind });
  if (until_s) query.set("until", until_s.toFixed(3));
  const answer = await request(`/-/history?${query}`, { signal });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? `the gateway answered ${answer.status}`);
  let rest = "";
  for await (const chunk of chunksOf(answer.body.pipeThrough(new TextDecoderStream()))) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}

export const readReceipt = (id) => requestJson(`/-/receipts/${encodeURIComponent(id)}`);

// Not every browser can iterate over a stream.
async function* chunksOf(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => null);
  }
}
