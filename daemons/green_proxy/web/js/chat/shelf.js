// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { settled } from "./conversation.js";
import { forget, keep, keepQuietly, readAll, readOne, watchOthers } from "./store.js";

const KEEP_EVERY_MS = 2000;

/** All conversations of this browser, the newest first, as they are in its store and in its other windows. */
export class Shelf {
  all = null;
  #kept_ms = 0;
  #renewed;

  /** `busy(conversation)` says whether this window writes it now; `renewed(id, found)` that another one did. */
  constructor({ busy, renewed }) {
    this.#renewed = renewed;
    watchOthers((id) => this.#renew(id, busy));
  }

  get newest() {
    return this.all[0];
  }

  async load() {
    this.all ??= (await readAll()).map(settled);
  }

  add(conversation) {
    if (!this.all.includes(conversation)) this.#put(conversation);
  }

  /** One from a file. */
  bring(conversation) {
    this.#put(conversation);
    keep(conversation);
  }

  remove({ id }) {
    this.#take(id);
    forget(id);
  }

  touch(conversation) {
    conversation.changed = Date.now();
    // One that was deleted meanwhile stays deleted.
    if (this.all.includes(conversation) && conversation.entries.length) keep(conversation);
  }

  /** A page that is closed in mid-answer has what came until then. */
  touchPart(conversation) {
    if (Date.now() - this.#kept_ms < KEEP_EVERY_MS || !this.all.includes(conversation)) return;
    this.#kept_ms = Date.now();
    keepQuietly(conversation);
  }

  /** What another window wrote must not be lost by what this one writes later. */
  async #renew(id, busy) {
    const found = await readOne(id);
    const mine = this.all?.find((one) => one.id === id);
    if (!this.all || (mine && busy(mine))) return;
    if (found) this.#put(settled(found));
    else this.#take(id);
    this.#renewed(id, found);
  }

  /** On top, in the place of the one that had its id. */
  #put(conversation) {
    this.#take(conversation.id);
    this.all.unshift(conversation);
  }

  #take(id) {
    const place = this.all.findIndex((one) => one.id === id);
    if (place >= 0) this.all.splice(place, 1);
  }
}
