// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
/*
 * Conversations, kept in this browser (IndexedDB) and nowhere else. Where it keeps nothing, they last as long
 * as the page, and `trouble` says so.
 */
const NAME = "green-qwen";
const TABLE = "conversations";

const others = new BroadcastChannel(NAME);
let opened = null;
export const store = { trouble: "" };

export async function readAll() {
  const found = (await act("readonly", (table) => table.getAll())) ?? [];
  return found.sort((one, other) => other.changed - one.changed);
}

export function readOne(id) {
  return act("readonly", (table) => table.get(id));
}

/** What other windows need not see yet. */
export function keepQuietly(conversation) {
  return act("readwrite", (table) => table.put(conversation));
}

export async function keep(conversation) {
  await keepQuietly(conversation);
  others.postMessage(conversation.id);
}

export async function forget(id) {
  await act("readwrite", (table) => table.delete(id));
  others.postMessage(id);
}

/** Calls the listener with the id of each conversation that another window of this browser changed. */
export function watchOthers(listener) {
  others.addEventListener("message", ({ data }) => listener(data));
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
