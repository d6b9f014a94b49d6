// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { button, element } from "../element.js";
import { messageOf } from "./message.js";

const NEAR_PX = 80;

/** The messages of one conversation, in their order; it follows the end while its reader does. */
export class Log {
  constructor(acts) {
    this.acts = acts;
    this.shown = new Map();
    this.dirty = new Set();
    this.follows = true;
    this.list = element("div", { class: "messages" });
    this.root = element("section", { class: "log", "aria-label": "Messages", tabindex: "0" }, this.list);
    this.jump = button("↓ To the end", () => this.toEnd(), { class: "jump", hidden: true });
    this.root.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  show(conversation) {
    this.conversation = conversation;
    const kept = new Set(conversation.entries.map(({ id }) => id));
    for (const [id, message] of this.shown) if (!kept.has(id)) this.#drop(id, message);
    conversation.entries.forEach((entry, place) => this.#place(entry, place));
    this.#end();
  }

  /** Redraws an entry before the next frame, however often it is called. */
  changed(entry) {
    if (!this.dirty.size) requestAnimationFrame(() => this.#draw());
    this.dirty.add(entry.id);
  }

  message(entry) {
    return this.shown.get(entry.id);
  }

  toEnd() {
    this.follows = true;
    this.#end();
  }

  #draw() {
    for (const id of this.dirty) this.shown.get(id)?.update();
    this.dirty.clear();
    this.#end();
  }

  #place(entry, place) {
    let message = this.shown.get(entry.id);
    if (message?.entry !== entry) {
      message?.root.remove();
      message = messageOf(entry, this.acts);
      this.shown.set(entry.id, message);
    }
    if (this.list.children[place] !== message.root) this.list.insertBefore(message.root, this.list.children[place] ?? null);
  }

  #drop(id, message) {
    message.root.remove();
    this.shown.delete(id);
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.root;
    this.follows = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.jump.hidden = this.follows;
  }

  #end() {
    if (this.follows) this.root.scrollTop = this.root.scrollHeight;
  }
}
