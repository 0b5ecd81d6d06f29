// Where people type: messages, and slash commands in channels.
import { el } from "./dom.js";
import { CommandHints } from "./hints.js";
import { icon } from "./icons.js";
import { sendFailure } from "./words.js";

const SLOW_MS = 200;

export class Composer {
  #session;
  #options;
  #place = null;
  #recalled = null;
  #underWay = 0;

  /**
   * `send(text)` resolves to the server's answer, `commands()` are those on offer. In a thread `moveCommand(text)`
   * takes a slash command to where it works. `testId` names the input, the button and the id of the input.
   */
  constructor(session, { send, commands = () => [], moveCommand = null, id, testId, sendTestId }) {
    this.#session = session;
    this.#options = { send, commands, moveCommand };
    this.input = el("textarea", {
      id,
      class: "composer-input",
      rows: "1",
      "data-testid": testId,
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "send",
    });
    this.button = el(
      "button",
      {
        type: "button",
        class: "send",
        "data-testid": sendTestId,
        "aria-label": "Send",
        disabled: true,
        onclick: () => this.#submit(),
      },
      icon("send"),
    );
    this.hints = new CommandHints(this.input, (text) => this.write(text));
    this.note = el("div", { class: "composer-note", role: "status" });
    const box = el("div", { class: "composer-box" }, this.input, this.button);
    this.node = el("div", { class: "composer" }, this.hints.node, box, this.note);
    this.input.addEventListener("input", () => this.#noticeInput());
    this.input.addEventListener("keydown", (event) => this.#handleKey(event));
    this.input.addEventListener("blur", () => this.hints.hide());
  }

  /** Compose for this place (a key); each keeps its draft. `closed` says why nobody can write here. */
  open(place, { label, closed = null }) {
    this.input.placeholder = closed ?? label;
    this.input.setAttribute("aria-label", label);
    this.input.disabled = closed !== null;
    if (place === this.#place) return;
    this.#place = place;
    this.#recalled = null;
    this.#say("");
    this.#set(this.#session.drafts.get(place) ?? "");
    this.hints.hide();
  }

  /** Put a text into the input, for the person to send. */
  write(text) {
    this.#set(text);
    this.#noticeInput();
    this.focus();
    this.input.setSelectionRange(text.length, text.length);
  }

  focus() {
    this.input.focus({ preventScroll: true });
  }

  #set(text) {
    this.input.value = text;
    this.#fit();
  }

  #noticeInput() {
    const text = this.input.value;
    this.#session.drafts.set(this.#place, text);
    this.#say("");
    this.#fit();
    this.hints.update(text, this.#options.commands());
  }

  #fit() {
    this.input.style.height = "auto";
    const { scrollHeight } = this.input; // 0 while it is not on the page
    if (scrollHeight > 0) this.input.style.height = `${scrollHeight}px`;
    this.button.disabled = this.input.value.trim() === "";
  }

  #handleKey(event) {
    if (event.isComposing) return;
    if (this.hints.handleKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "ArrowUp" && this.#isRecalling()) {
      event.preventDefault();
      this.#recall();
    }
  }

  #isRecalling() {
    return (
      this.input.value === "" ||
      (this.#recalled !== null && this.input.value === this.#session.sent[this.#recalled])
    );
  }

  #recall() {
    const { sent } = this.#session;
    const index =
      this.input.value === "" || this.#recalled === null
        ? sent.length - 1
        : Math.max(this.#recalled - 1, 0);
    if (index < 0) return;
    this.#recalled = index;
    this.write(sent[index]);
  }

  async #submit() {
    const text = this.input.value.trim();
    if (text === "") return;
    if (text.startsWith("/") && this.#options.moveCommand) return this.#refuseCommand(text);
    const place = this.#place;
    this.#remember(text);
    this.#set("");
    this.#session.drafts.delete(place);
    this.hints.hide();
    const answer = await this.#whileBusy(this.#options.send(text));
    if (!answer.ok) this.#giveBack(text, place, answer.error);
  }

  async #whileBusy(sending) {
    this.#underWay += 1;
    const timer = setTimeout(() => this.#showBusy(), SLOW_MS);
    const answer = await sending;
    clearTimeout(timer);
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#showBusy();
    return answer;
  }

  #showBusy() {
    const isBusy = this.#underWay > 0;
    this.node.classList.toggle("is-busy", isBusy);
    if (isBusy) this.#say("Sending…");
    else if (this.note.textContent === "Sending…") this.#say("");
  }

  #giveBack(text, place, error) {
    if (place === this.#place && this.input.value === "") this.#set(text);
    if (place === this.#place) this.#say(sendFailure(error, text), { isError: true });
  }

  #refuseCommand(text) {
    const move = el(
      "button",
      {
        type: "button",
        class: "link-button",
        onclick: () => (this.write(""), this.#options.moveCommand(text)),
      },
      "Move it to the channel",
    );
    this.#say([`${text.split(/\s/)[0]} is not supported in threads. Sorry! `, move], {
      isError: true,
    });
  }

  #remember(text) {
    const { sent } = this.#session;
    if (sent.at(-1) !== text) sent.push(text);
    this.#recalled = null;
  }

  #say(content, { isError = false } = {}) {
    this.note.replaceChildren(...[content].flat());
    this.note.classList.toggle("is-error", isError);
  }
}
