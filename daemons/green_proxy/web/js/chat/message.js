// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { button, element } from "../element.js";
import { seconds } from "./figures.js";
import { copyButton } from "./clipboard.js";
import { Markdown } from "./markdown.js";
import { receiptOf } from "./receipt.js";

const JOINS = {
  sent: "sent together with your previous message",
  merged: "merged with your previous message",
};

export function messageOf(entry, acts) {
  return entry.role === "user" ? new Question(entry, acts) : new Answer(entry, acts);
}

class Question {
  constructor(entry, acts) {
    this.entry = entry;
    this.acts = acts;
    this.root = element("article", { class: "message mine" });
    this.update();
  }

  update() {
    const { entry } = this;
    this.root.classList.toggle("joins", Boolean(entry.joins));
    this.root.replaceChildren(
      element("h2", { class: "unseen" }, "You"),
      element("p", { class: "said", dir: "auto" }, entry.text),
      element("div", { class: "under" },
        entry.joins && element("span", { class: "note" }, JOINS[entry.joins]),
        element("span", { class: "acts" },
          copyButton(() => entry.text, "Copy your message"),
          button("Edit", () => this.edit(), { class: "plain small", "aria-label": "Edit and send again" }))));
  }

  edit() {
    const field = element("textarea", { dir: "auto", rows: "3", "aria-label": "Your message" });
    field.value = this.entry.text;
    const send = () => field.value.trim() && this.acts.edited(this.entry, field.value);
    const leave = () => {
      this.update();
      this.root.querySelector(".acts button:last-child").focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "Escape") {
        event.stopPropagation();
        leave();
      } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    });
    this.root.replaceChildren(element("h2", { class: "unseen" }, "You"), field,
      element("p", { class: "hint" }, "What follows this message is replaced."),
      element("div", { class: "row" },
        button("Send", send, { class: "main" }), button("Cancel", leave)));
    field.focus();
  }
}

class Answer {
  constructor(entry, acts) {
    this.entry = entry;
    this.acts = acts;
    this.stage = element("p", { class: "stage" }, "Sent.");
    this.thought = element("div", { class: "thought", dir: "auto" });
    this.summary = element("summary");
    this.thinking = element("details", { class: "thinking", hidden: true }, this.summary, this.thought);
    this.text = element("div", { class: "text" });
    this.below = element("div", { class: "below" });
    this.root = element("article", { class: "message" },
      element("h2", { class: "unseen" }, "Answer"), this.thinking, this.text, this.stage, this.below);
    this.markdown = new Markdown(this.text);
    this.update();
  }

  update() {
    const { entry } = this;
    const over = entry.state !== "waiting" && entry.state !== "streaming";
    this.root.setAttribute("aria-busy", String(!over));
    this.stage.hidden = over || Boolean(entry.text || entry.thinking);
    const { thinking, text } = partsOf(entry);
    this.#showThinking(thinking, text, over);
    this.markdown.show(text);
    if (over) this.below.replaceChildren(...this.#below());
    else this.below.replaceChildren();
  }

  tell(words) {
    this.stage.textContent = words;
  }

  #showThinking(thinking, text, over) {
    this.thinking.hidden = !thinking;
    if (!thinking) return;
    const { thought_s } = this.entry;
    const done = text || over;
    this.summary.textContent = done ? `Thought${thought_s ? ` for ${seconds(thought_s)}` : ""}` : "Thinking…";
    if (this.thought.textContent !== thinking) this.thought.textContent = thinking;
  }

  *#below() {
    const { entry, acts } = this;
    if (entry.trouble) yield this.#trouble();
    else yield receiptOf(entry, () => acts.receipt(entry));
    if (entry.cut) yield element("p", { class: "hint" }, "The answer reached its greatest length.");
    const last = acts.isLast(entry);
    yield element("span", { class: "acts" },
      entry.text && copyButton(() => entry.text, "Copy the answer"),
      last && entry.text && (entry.state !== "done" || entry.cut) &&
        button("Continue", () => acts.goOn(entry), { class: "plain small" }),
      last && !entry.trouble && button("Again", () => acts.again(entry), {
        class: "plain small", "aria-label": "Answer again",
      }));
  }

  #trouble() {
    const { entry, acts } = this;
    const retry = button("Try again", () => acts.again(entry), { class: "main" });
    const box = element("div", { class: "box trouble" }, element("p", { dir: "auto" }, entry.trouble.text), retry);
    if (entry.trouble.after_s && acts.isLast(entry)) {
      countDown(entry.trouble, box, retry, () => acts.again(entry));
    } else if (!acts.isLast(entry)) retry.remove();
    return box;
  }
}

/** Tries again by itself when the server said it would have room, unless it is told not to. */
function countDown(trouble, box, retry, again) {
  trouble.due_ms ??= Date.now() + trouble.after_s * 1000;
  const dont = button("Don't", () => stop());
  const timer = setInterval(tick, 250);
  box.append(dont);
  tick();

  function tick() {
    const left_s = Math.ceil((trouble.due_ms - Date.now()) / 1000);
    if (!box.isConnected && left_s < trouble.after_s - 1) stop();
    else if (left_s > 0) retry.textContent = `Try again (${left_s} s)`;
    else {
      stop();
      again();
    }
  }

  function stop() {
    clearInterval(timer);
    trouble.after_s = null;
    retry.textContent = "Try again";
    dont.remove();
  }
}

/** Older models write their thoughts into the answer. */
function partsOf({ thinking, text }) {
  const found = /^\s*<think>([\s\S]*?)(<\/think>|$)/.exec(text);
  if (!found) return { thinking, text };
  return { thinking: thinking + found[1].trim(), text: text.slice(found[0].length) };
}
