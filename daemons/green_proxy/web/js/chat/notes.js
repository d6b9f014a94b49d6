// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
/** What the proxy says in its headers of what it did to a request (docs/shaping.md). */
export function notesOf(headers) {
  return {
    merge: mergeOf(headers.get("x-green-merge")),
    trim: trimOf(headers.get("x-green-trim")),
    queue: queueOf(headers.get("x-green-queue")),
    thinking: headers.get("x-green-thinking"),
    cap: numberOf(headers.get("x-green-cap")),
  };
}

function mergeOf(text) {
  if (!text) return null;
  const [kind, more = ""] = text.split(";");
  const [name, value] = more.trim().split("=");
  return { kind: kind.trim(), requests: name === "requests" ? Number(value) : null };
}

function trimOf(text) {
  if (!text) return null;
  if (text.trim() === "over-budget") return { over: true };
  const found = /dropped=(\d+); tokens=(\d+)->(\d+); (\w+)/.exec(text);
  return found && {
    over: false, dropped: Number(found[1]), before: Number(found[2]), after: Number(found[3]), exact: found[4] === "exact",
  };
}

function queueOf(text) {
  const found = /waited=([\d.]+); position=(\d+)/.exec(text ?? "");
  return found && { waited_s: Number(found[1]), position: Number(found[2]) };
}

function numberOf(text) {
  return text ? Number(text) : null;
}

/** In words, for the line under an answer. */
export function noteWords({ merge, trim, queue, thinking } = {}) {
  const words = [];
  if (merge?.requests > 1) words.push(`one answer to ${merge.requests} messages`);
  else if (merge?.kind === "identical") words.push("shared with an equal question");
  if (trim?.over) words.push("longer than the budget, sent whole");
  else if (trim) words.push(trimWords(trim));
  if (queue) words.push(`waited ${queue.waited_s.toFixed(1)} s, came in at place ${queue.position}`);
  if (thinking === "off") words.push("thinking switched off by the gateway");
  return words;
}

function trimWords({ dropped, before, after, exact }) {
  const messages = dropped === 1 ? "oldest message" : `${dropped} oldest messages`;
  return `${messages} left out: ${exact ? "" : "about "}${before} → ${after} tokens`;
}
