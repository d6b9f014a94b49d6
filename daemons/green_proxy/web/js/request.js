// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { signIn } from "./sign-in.js";

/**
 * fetch, with the sign-in where the gateway asks for it: then once more, as the key's holder.
 * Answers other than 401 come back as they are; a network that is gone raises TypeError as fetch does.
 */
export async function request(path, init = {}) {
  const answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
  if (answer.status !== 401) return answer;
  await signIn(init.signal);
  return fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
}

export async function requestJson(path, init) {
  const answer = await request(path, init);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}
