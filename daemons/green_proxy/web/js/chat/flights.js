// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { requestJson } from "../request.js";
import { ask } from "./ask.js";
import { cutFrom, messagesOf, newAnswer, newQuestion } from "./conversation.js";
import { notesOf } from "./notes.js";
import { troubleOf } from "./trouble.js";

/*
 * Answers on their way, at most one shown a conversation. A message sent meanwhile takes the place of the
 * answer that was coming: quickly, both become one turn; later, the answer ends where it was. The older request
 * stays open until the newer one has its headers, so that the proxy sees that they belong together.
 */
const QUICK_MS = 5000;
const RECEIPT_WAIT_S = 10;
const OLDER_KEPT = 2;

class Flight {
  constructor(answer, question, older) {
    this.answer = answer;
    this.question = question;
    this.older = older;
    this.began_ms = Date.now();
    this.thought_ms = null;
    this.fresh = !answer.text;
    this.replaced = false;
    this.controller = new AbortController();
  }

  /** All requests that this answer stands for. */
  abort() {
    this.controller.abort();
    this.leaveOlder();
  }

  leaveOlder() {
    for (const older of this.older.splice(0)) older.abort();
  }
}

export class Flights {
  /** `changed(conversation, entry)` is called at each change, `ended(conversation, entry)` once at the end. */
  constructor(changed, ended) {
    this.changed = changed;
    this.ended = ended;
    this.running = new Map();
  }

  of(conversation) {
    return this.running.get(conversation.id);
  }

  send(conversation, text) {
    const question = newQuestion(text);
    const older = this.of(conversation);
    if (older) question.joins = this.#giveWay(conversation, older);
    conversation.entries.push(question);
    this.#begin(conversation, newAnswer(conversation.model), question, older);
  }

  /** What is under way ends, and nothing of it stays. */
  sendAnew(conversation, text) {
    this.#drop(conversation);
    this.send(conversation, text);
  }

  /** Answers the last question anew. */
  again(conversation, answer) {
    this.#drop(conversation);
    cutFrom(conversation, answer);
    this.#begin(conversation, newAnswer(conversation.model), null, null);
  }

  /** Goes on where an answer ended too early. */
  goOn(conversation, answer) {
    this.#drop(conversation);
    Object.assign(answer, { state: "waiting", trouble: null });
    this.#begin(conversation, answer, null, null);
  }

  stop(conversation) {
    this.of(conversation)?.abort();
  }

  /** Its end, which comes later, must not be taken for that of the answer that follows. */
  #drop(conversation) {
    const flight = this.of(conversation);
    if (!flight) return;
    flight.replaced = true;
    flight.abort();
    this.running.delete(conversation.id);
  }

  #giveWay(conversation, older) {
    older.replaced = true;
    const quick = Date.now() - older.began_ms < QUICK_MS;
    if (older.fresh && (quick || !older.answer.text)) {
      cutFrom(conversation, older.answer);
      return "sent";
    }
    older.answer.state = "stopped";
    this.changed(conversation, older.answer);
    return "";
  }

  #begin(conversation, answer, question, older) {
    const before = older ? [...older.older.splice(0), older] : [];
    for (const oldest of before.splice(0, Math.max(0, before.length - OLDER_KEPT))) oldest.abort();
    const flight = new Flight(answer, question, before);
    const messages = messagesOf(conversation, answer);
    if (!flight.fresh) messages.push({ role: "assistant", content: answer.text });
    if (!conversation.entries.includes(answer)) conversation.entries.push(answer);
    this.running.set(conversation.id, flight);
    this.changed(conversation, answer);
    this.#fly(conversation, flight, messages);
  }

  async #fly(conversation, flight, messages) {
    const { answer } = flight;
    const { model, thinks } = conversation;
    try {
      const last = await ask({ model, messages, thinks }, conversation.id, flight.controller.signal, {
        head: (headers) => this.#head(conversation, flight, headers),
        part: (message) => this.#part(conversation, flight, message),
      });
      if (!flight.replaced) this.#land(conversation, answer, last);
    } catch (error) {
      if (!flight.replaced) fail(answer, flight, error);
    }
    if (flight.replaced) return;
    flight.leaveOlder();
    this.running.delete(conversation.id);
    this.ended(conversation, answer);
  }

  #head(conversation, flight, headers) {
    if (flight.replaced) return;
    const { answer, question } = flight;
    answer.request = headers.get("x-green-request-id") ?? "";
    answer.notes = notesOf(headers);
    if (question?.joins && answer.notes.merge) question.joins = "merged";
    flight.leaveOlder();
    this.changed(conversation, question ?? answer);
  }

  #part(conversation, flight, { content = "", thinking = "" }) {
    if (flight.replaced) return;
    const { answer } = flight;
    answer.state = "streaming";
    answer.thinking += thinking;
    answer.text += content;
    if (thinking) flight.thought_ms ??= Date.now();
    if (content && flight.thought_ms) {
      answer.thought_s ??= (Date.now() - flight.thought_ms) / 1000;
    }
    this.changed(conversation, answer);
  }

  #land(conversation, answer, last) {
    answer.state = "done";
    answer.cut = last.done_reason === "length";
    answer.counts = countsOf(last);
    answer.receipt = last.green ?? null;
    if (answer.receipt?.receipt === "pending") this.fetchReceipt(conversation, answer);
  }

  /** The receipt that came too late for the answer. */
  async fetchReceipt(conversation, answer) {
    answer.receipt = { receipt: "pending" };
    this.changed(conversation, answer);
    const path = `/-/receipts/${encodeURIComponent(answer.request)}?wait_s=${RECEIPT_WAIT_S}`;
    answer.receipt = await requestJson(path).catch(() => ({ receipt: "missing" }));
    this.ended(conversation, answer, { quietly: true });
  }
}

function fail(answer, flight, error) {
  if (flight.controller.signal.aborted) {
    answer.state = "stopped";
    return;
  }
  const { message, after_s = null } = troubleOf(error);
  answer.state = "failed";
  answer.trouble = { text: message, after_s };
}

function countsOf({ eval_count, eval_duration }) {
  const tokens_per_s = eval_count && eval_duration ? (eval_count / eval_duration) * 1e9 : null;
  return { output_tokens: eval_count ?? null, tokens_per_s };
}
