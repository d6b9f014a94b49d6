// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { element } from "../element.js";

const FORMAT = "green-qwen conversations";

/** Hands all conversations to the user as a file. */
export function bringOut(conversations) {
  const text = JSON.stringify({ format: FORMAT, version: 1, conversations }, null, 1);
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  element("a", { href: address, download: "conversations.json" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Conversations from a file that bringOut wrote, or a reason in words why there are none. */
export async function bringIn() {
  const file = await chosenFile();
  if (!file) return { conversations: [] };
  try {
    const { format, conversations } = JSON.parse(await file.text());
    if (format !== FORMAT) throw new SyntaxError();
    return { conversations: conversations.map(clean) };
  } catch {
    return { conversations: [], trouble: `${file.name} holds no conversations exported here.` };
  }
}

/** A file is a stranger's: texts are texts, and what is no figure is left out. */
function clean({ id, title, model, thinks, changed, entries }) {
  return {
    id: String(id), title: String(title ?? ""), model: String(model ?? ""), thinks: thinks !== false,
    changed: Number(changed) || Date.now(),
    entries: entries.map((entry) => ({
      id: String(entry.id),
      role: entry.role === "user" ? "user" : "assistant",
      text: String(entry.text ?? ""),
      thinking: String(entry.thinking ?? ""),
      model: String(entry.model ?? ""),
      joins: ["sent", "merged"].includes(entry.joins) ? entry.joins : "",
      state: entry.role === "user" ? undefined : "done",
      notes: {}, receipt: receiptIn(entry.receipt), counts: null, trouble: null, request: "",
    })),
  };
}

function receiptIn(receipt) {
  if (!receipt || typeof receipt !== "object") return null;
  const plain = Object.entries(receipt).filter(([, value]) => value === null || typeof value !== "object");
  return Object.fromEntries(plain);
}

function chosenFile() {
  const field = element("input", { type: "file", accept: "application/json" });
  return new Promise((resolve) => {
    field.addEventListener("change", () => resolve(field.files[0]));
    field.addEventListener("cancel", () => resolve(null));
    field.click();
  });
}
