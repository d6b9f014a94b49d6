// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
/*
 * Conversations, kept in this browser (IndexedDB) and nowhere else. Where it keeps nothing, they last as long
 * as the page, and `trouble` says so.
 */
const NAME = "green-qwen";
const TABLE = "conversations";

let opened = null;
export const store = { trouble: "" };

export async function readAll() {
  const found = (await act("readonly", (table) => table.getAll())) ?? [];
  return found.sort((one, other) => other.changed - one.changed);
}

export function keep(conversation) {
  return act("readwrite", (table) => table.put(conversation));
}

export function forget(id) {
  return act("readwrite", (table) => table.delete(id));
}

async function act(mode, ask) {
  try {
    const database = await (opened ??= open());
    return await promised(ask(database.transaction(TABLE, mode).objectStore(TABLE)));
  } catch (error) {
    store.trouble = `This browser does not keep conversations (${error?.name ?? "unknown"}). They end with the page.`;
    return undefined;
  }
}

function open() {
  const asked = indexedDB.open(NAME, 1);
  asked.addEventListener("upgradeneeded", () => asked.result.createObjectStore(TABLE, { keyPath: "id" }));
  return promised(asked);
}

function promised(asked) {
  return new Promise((resolve, reject) => {
    asked.addEventListener("success", () => resolve(asked.result));
    asked.addEventListener("error", () => reject(asked.error));
  });
}
