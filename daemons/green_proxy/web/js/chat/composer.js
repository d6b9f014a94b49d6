// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { button, element } from "../element.js";

const MOST_ROWS_PX = 240;

/** Where messages are written. Enter sends, unless it ends a composition or the keyboard is a touch screen's. */
export class Composer {
  constructor({ send, stop, editLast }) {
    this.field = element("textarea", {
      id: "message", rows: "1", dir: "auto", placeholder: "Ask something", "aria-label": "Message",
      enterkeyhint: touches() ? "enter" : "send",
    });
    this.acts = { send, editLast };
    this.sendButton = element("button", { type: "submit", class: "main" }, "Send");
    this.stopButton = button("Stop", stop, { class: "stop", hidden: true });
    this.root = element("form", { class: "composer" }, this.field,
      element("div", { class: "row" }, this.stopButton, this.sendButton));
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => this.#fit());
  }

  set running(running) {
    if (!running && document.activeElement === this.stopButton) this.field.focus();
    this.stopButton.hidden = !running;
  }

  set text(text) {
    this.field.value = text;
    this.#fit();
  }

  get text() {
    return this.field.value;
  }

  #send() {
    const text = this.field.value.trim();
    if (!text || this.acts.send(text) === false) return;
    this.text = "";
    this.field.focus();
  }

  #key(event) {
    // Safari ends a composition before its Enter comes, with the code that says so.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey && !touches()) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "ArrowUp" && !this.field.value) {
      event.preventDefault();
      this.acts.editLast();
    }
  }

  #fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight + 2, MOST_ROWS_PX)}px`;
  }
}

function touches() {
  return matchMedia("(pointer: coarse)").matches;
}
