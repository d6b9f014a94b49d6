// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { requestJson } from "../request.js";

const FIRST_MS = 300;
const EVERY_MS = 1000;
const WORDS = {
  merging: () => "Waiting for what you may add.",
  waiting: ({ position, expected_wait_s }) => {
    const wait = expected_wait_s >= 1 ? `, about ${Math.ceil(expected_wait_s)} s` : "";
    return position ? `Waiting for a slot: place ${position}${wait}.` : "Waiting for a slot.";
  },
  loading: () => "The model is being loaded.",
  prefill: () => "The model reads.",
  decode: () => "The model begins.",
};

/** Asks the gateway where a conversation's request is, until `over()`; `tell` gets it in words. */
export function watchWaiting(conversation, over, tell) {
  const look = async () => {
    if (over()) return;
    const headers = { "x-green-conversation": conversation };
    const { requests } = await requestJson("/-/queue", { headers }).catch(() => ({ requests: [] }));
    if (over()) return;
    const newest = requests.at(-1);
    if (newest && WORDS[newest.state]) tell(WORDS[newest.state](newest));
    setTimeout(look, EVERY_MS);
  };
  setTimeout(look, FIRST_MS);
}
