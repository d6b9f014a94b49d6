// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
/*
 * A conversation: its entries in order, each the user's or the model's. Plain objects, since they are kept as
 * they are. An answer's `state` is one of waiting, streaming, done, stopped, failed.
 */
const TITLE_CHARACTERS = 60;

export function newConversation(model) {
  return { id: newId(), title: "", model, thinks: true, changed: Date.now(), entries: [] };
}

export function newQuestion(text) {
  return { id: newId(), role: "user", text, joins: "" };
}

export function newAnswer(model) {
  return {
    id: newId(), role: "assistant", model, text: "", thinking: "", thought_s: null, state: "waiting",
    request: "", notes: {}, counts: null, receipt: null, trouble: null,
  };
}

/** As they go to the model; `until` is an answer that is about to be written. */
export function messagesOf(conversation, until) {
  const end = conversation.entries.indexOf(until);
  return conversation.entries
    .slice(0, end < 0 ? undefined : end)
    .filter(({ role, text }) => role === "user" || text)
    .map(({ role, text }) => ({ role, content: text }));
}

export function titleOf(conversation) {
  if (conversation.title) return conversation.title;
  const first = conversation.entries.find(({ role }) => role === "user")?.text ?? "";
  const line = first.trim().replace(/\s+/g, " ");
  const letters = Array.from(line);
  if (letters.length <= TITLE_CHARACTERS) return line || "New conversation";
  return `${letters.slice(0, TITLE_CHARACTERS).join("")}…`;
}

/** Drops an entry and all that follow. */
export function cutFrom(conversation, entry) {
  const place = conversation.entries.indexOf(entry);
  if (place >= 0) conversation.entries.splice(place);
}

/** What was under way when the page closed is over. */
export function settled(conversation) {
  for (const entry of conversation.entries) {
    if (entry.state === "waiting" || entry.state === "streaming") {
      entry.state = "stopped";
    }
  }
  return conversation;
}

/** crypto.randomUUID is there for secure pages alone; this page may come from another machine over HTTP. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
