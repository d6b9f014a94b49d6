// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { requestJson } from "../request.js";

const FIRST_MS = 400;
const EVERY_MS = 1000;

/** Asks the gateway what an answer waits for, until `over()`; `tell` gets it in words. */
export function watchWaiting(over, tell) {
  const look = async () => {
    if (over()) return;
    const status = await requestJson("/-/status").catch(() => null);
    if (over()) return;
    tell(status ? wordsOf(status) : "Waiting for the gateway.");
    setTimeout(look, EVERY_MS);
  };
  setTimeout(look, FIRST_MS);
}

function wordsOf({ counts = {}, expected_wait_s, upstream_trouble }) {
  if (upstream_trouble) return `The model server is away: ${upstream_trouble}`;
  if (counts.loading > 0) return "The model is being loaded.";
  if (counts.waiting > 0) {
    const wait = expected_wait_s >= 1 ? `, about ${Math.ceil(expected_wait_s)} s` : "";
    return `Waiting for a slot: place ${counts.waiting} at the latest${wait}.`;
  }
  return "The model reads.";
}
