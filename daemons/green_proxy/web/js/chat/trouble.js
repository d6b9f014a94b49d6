// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { NotSignedIn } from "../sign-in.js";

/** What went wrong with an answer, in words, with the seconds after which a retry makes sense. */
export class Trouble extends Error {
  constructor(text, { after_s = null } = {}) {
    super(text);
    this.after_s = after_s;
  }
}

export async function troubleOfAnswer(answer) {
  const said = await wordsOf(answer);
  const after_s = Number(answer.headers.get("retry-after")) || null;
  const words = WORDS[answer.status] ?? (() => `The gateway answered ${answer.status}.`);
  return new Trouble([words(after_s), said].filter(Boolean).join(" "), { after_s });
}

const WORDS = {
  401: () => "You are not signed in.",
  403: () => "The gateway does not let this page ask.",
  404: () => "The model server does not have this.",
  408: () => "The message took too long to arrive.",
  413: () => "The conversation is too large for the gateway.",
  429: () => "Too many of your requests are under way.",
  502: () => "The model server is away.",
  503: (after_s) => (after_s ? "The model server can't answer yet." : "The model server is away."),
  504: () => "The model server took too long.",
};

/** What fetch or the stream threw. */
export function troubleOf(error) {
  if (error instanceof Trouble) return error;
  if (error instanceof NotSignedIn) return new Trouble("You are not signed in.");
  if (error instanceof SyntaxError) return new Trouble("The answer broke off in the middle of a line.");
  return new Trouble(navigator.onLine === false
    ? "This device is offline."
    : "The gateway does not answer. Is green-proxy running?");
}

export function brokenOff() {
  return new Trouble("The answer broke off before its end.");
}

async function wordsOf(answer) {
  const text = await answer.text().catch(() => "");
  try {
    const { error } = JSON.parse(text);
    return sentence(typeof error === "string" ? error : (error?.message ?? ""));
  } catch {
    return "";
  }
}

export function sentence(text) {
  return text ? `It says: ${text.slice(0, 500)}` : "";
}
