// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { Lexer } from "../../vendor/marked.esm.js";
import { element } from "../element.js";
import { copyButton } from "./clipboard.js";

/*
 * Markdown as elements. marked takes the text apart; what it finds becomes elements of a short list with no
 * attribute that the text chose but the address of a link. No HTML is ever parsed: tags are shown as text.
 */
const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
const OPTIONS = { gfm: true, breaks: true };

/** Shows a text that may still grow: blocks that stayed the same stay the same elements. */
export class Markdown {
  constructor(root) {
    this.root = root;
    this.blocks = [];
  }

  show(text) {
    const tokens = blocksOf(text);
    const same = this.#same(tokens);
    for (const { node } of this.blocks.splice(same)) node.remove();
    for (const token of tokens.slice(same)) {
      const node = shallow(() => block(token), () => BLOCKS.html({ text: token.raw }));
      this.root.append(node);
      this.blocks.push({ raw: token.raw, node });
    }
  }

  #same(tokens) {
    const differs = this.blocks.findIndex(({ raw }, place) => tokens[place]?.raw !== raw);
    return differs < 0 ? this.blocks.length : differs;
  }
}

function blocksOf(text) {
  return shallow(() => new Lexer(OPTIONS).lex(text).filter(isSeen), () => [{ type: "html", raw: text, text }]);
}

/** Quotes within quotes, thousands deep, are shown as they were written. */
function shallow(make, instead) {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return instead();
    throw error;
  }
}

const BLOCKS = {
  paragraph: (token) => element("p", { dir: "auto" }, inlines(token)),
  text: (token) => element("p", { dir: "auto" }, inlines(token)),
  heading: (token) => element(`h${Math.min(token.depth + 3, 6)}`, { dir: "auto" }, inlines(token)),
  code: (token) => codeBlock(token),
  blockquote: (token) => element("blockquote", { dir: "auto" }, token.tokens.filter(isSeen).map(block)),
  list: (token) => list(token),
  table: (token) => table(token),
  hr: () => element("hr"),
  html: (token) => element("p", { class: "verbatim", dir: "auto" }, token.text.trimEnd()),
};

function block(token) {
  return (BLOCKS[token.type] ?? BLOCKS.html)({ text: token.raw, ...token });
}

function isSeen({ type }) {
  return type !== "space" && type !== "def";
}

function codeBlock({ text, lang }) {
  const language = (lang ?? "").trim().split(/\s+/)[0];
  return element("figure", { class: "code" },
    element("figcaption", {}, element("span", {}, language || "text"), copyButton(() => text, "Copy code")),
    element("pre", { dir: "ltr", tabindex: "0" }, element("code", {}, text)));
}

function list({ ordered, start, items }) {
  const first = ordered && Number(start) !== 1 ? Number(start) : null;
  return element(ordered ? "ol" : "ul", { dir: "auto", start: first }, items.map((item) =>
    element("li", { dir: "auto" }, item.tokens.filter(isSeen).map((token) => inItem(token, item)))));
}

function inItem(token, { loose }) {
  if (token.type === "text" && !loose) return inlines(token);
  return token.type === "checkbox" ? inline(token) : block(token);
}

function table({ header, rows }) {
  const cells = (kind, row) => element("tr", {}, row.map((cell) =>
    element(kind, { dir: "auto", class: cell.align ? `to-${cell.align}` : null }, inlines(cell))));
  return element("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "Table" },
    element("table", {}, element("thead", {}, cells("th", header)),
      element("tbody", {}, rows.map((row) => cells("td", row)))));
}

const INLINES = {
  text: (token) => (token.tokens ? inlines(token) : decoded(token.text)),
  escape: (token) => token.text,
  strong: (token) => element("strong", {}, inlines(token)),
  em: (token) => element("em", {}, inlines(token)),
  del: (token) => element("del", {}, inlines(token)),
  codespan: (token) => element("code", { dir: "ltr" }, token.text),
  br: () => element("br"),
  checkbox: (token) => (token.checked ? "☑ " : "☐ "),
  link: (token) => link(token.href, token.tokens ? inlines(token) : [token.text]),
  // Not loaded: an address in an answer could carry off what was said before.
  image: (token) => link(token.href, [`Image: ${token.text || token.href}`]),
};

function inlines(token) {
  return (token.tokens ?? [{ type: "text", raw: token.text, text: token.text }]).map(inline).flat();
}

function inline(token) {
  return (INLINES[token.type] ?? ((unknown) => unknown.raw))(token);
}

function link(address, children) {
  const href = safe(address);
  if (href === null) return children;
  return element("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }, children);
}

function safe(address) {
  try {
    const url = new URL(address);
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function decoded(text) {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,5}));/gi, (whole, decimal, hex, name) => {
    if (name) return NAMED[name] ?? whole;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
