// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { element } from "../element.js";
import { requestJson } from "../request.js";

const KEY = "green-qwen.model";

/** The choice of a model, with whether it thinks; `changed(model, thinks)` where the user chose. */
export class Models {
  constructor(changed) {
    this.select = element("select", { id: "model", on: { change: () => this.#chosen() } });
    this.think = element("input", { type: "checkbox", id: "think", on: { change: () => this.#chosen() } });
    this.thinkLabel = element("label", { for: "think", hidden: true }, this.think, " Think");
    this.trouble = element("span", { class: "trouble", role: "status" });
    this.root = element("div", { class: "models" },
      element("label", { for: "model", class: "unseen" }, "Model"), this.select, this.thinkLabel, this.trouble);
    this.changed = changed;
    this.thinking = new Map();
    this.loaded = false;
  }

  get chosen() {
    return this.select.value;
  }

  /** Shows what a conversation has chosen, or what was chosen last. */
  show({ model, thinks }) {
    this.wanted = model || remembered();
    this.think.checked = thinks;
    this.#select();
  }

  async load() {
    try {
      const [{ models }, loaded] = await Promise.all([requestJson("/api/tags"), loadedNames()]);
      this.loaded = true;
      const names = models.map(({ name }) => name);
      this.select.replaceChildren(...names.map((name) =>
        element("option", { value: name }, loaded.has(name) ? `${name} · loaded` : name)));
      this.trouble.textContent = names.length ? "" : "The model server has no model.";
    } catch {
      this.trouble.textContent = "The model server does not say which models it has.";
    }
    this.select.disabled = !this.select.options.length;
    this.#select();
  }

  #select() {
    const names = Array.from(this.select.options, ({ value }) => value);
    if (names.includes(this.wanted)) this.select.value = this.wanted;
    else if (this.wanted && !this.loaded) this.select.replaceChildren(element("option", {}, this.wanted));
    this.#offerThinking();
  }

  #chosen() {
    this.wanted = this.chosen;
    remember(this.chosen);
    this.#offerThinking();
    this.changed(this.chosen, this.think.checked);
  }

  async #offerThinking() {
    const name = this.chosen;
    if (!name) return;
    if (!this.thinking.has(name)) this.thinking.set(name, await canThink(name));
    if (name === this.chosen) this.thinkLabel.hidden = !this.thinking.get(name);
  }
}

async function loadedNames() {
  const { models } = await requestJson("/api/ps").catch(() => ({ models: [] }));
  return new Set(models.map(({ name }) => name));
}

async function canThink(model) {
  const init = { method: "POST", body: JSON.stringify({ model }), headers: { "content-type": "application/json" } };
  const { capabilities = [] } = await requestJson("/api/show", init).catch(() => ({}));
  return capabilities.includes("thinking");
}

function remembered() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

function remember(model) {
  try {
    localStorage.setItem(KEY, model);
  } catch {
    // Where nothing may be kept, the first model is chosen next time.
  }
}
