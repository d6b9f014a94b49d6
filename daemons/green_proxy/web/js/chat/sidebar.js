// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { confirmed, openDialog } from "../dialogs.js";
import { button, element } from "../element.js";
import { titleOf } from "./conversation.js";

/** The list of conversations; on narrow pages it is a panel that a button opens. */
export class Sidebar {
  constructor({ open, create, rename, remove, bring }) {
    this.acts = { open, rename, remove };
    this.list = element("ul", { class: "list" });
    this.root = element("aside", { class: "sidebar", id: "conversations", "aria-label": "Conversations" },
      button("New conversation", create, { class: "main", id: "new-conversation" }),
      this.list,
      element("div", { class: "row" },
        button("Export", () => bring.out(), { class: "plain small" }),
        button("Import", () => bring.in(), { class: "plain small" })),
      element("p", { class: "hint" }, "Kept in this browser alone."));
  }

  show(conversations, chosen, running) {
    this.list.replaceChildren(...conversations.map((one) => this.#line(one, one === chosen, running(one))));
  }

  #line(conversation, chosen, running) {
    const title = titleOf(conversation);
    return element("li", {},
      button([running && element("span", { class: "dot", role: "img", "aria-label": "answering" }),
        element("bdi", {}, title)].filter(Boolean), () => this.acts.open(conversation),
      { class: "plain open", "aria-current": chosen ? "true" : null, title }),
      chosen && button("✎", () => this.#rename(conversation), { class: "plain small", "aria-label": `Rename ${title}` }),
      chosen && button("✕", () => this.#remove(conversation), { class: "plain small", "aria-label": `Delete ${title}` }));
  }

  async #rename(conversation) {
    const field = element("input", { id: "new-title", dir: "auto", maxlength: "200" });
    field.value = titleOf(conversation);
    const body = element("div", {}, element("label", { for: "new-title" }, "Title"), field);
    const answer = await openDialog("Rename", body, [["yes", "Rename", "main"], ["", "Cancel"]]);
    if (answer === "yes" && field.value.trim()) this.acts.rename(conversation, field.value.trim());
  }

  async #remove(conversation) {
    const sure = await confirmed("Delete this conversation?", titleOf(conversation), "Delete");
    if (sure) this.acts.remove(conversation);
  }
}
