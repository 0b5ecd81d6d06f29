// The input for messages, optionally with a file, and for slash commands in channels.
import { el } from "./dom.js";
import { fileChip, readFile } from "./file_input.js";
import { Completions } from "./completions.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { writeSnippet } from "./message_forms.js";
import { sendFailure } from "./failure_texts.js";

const SLOW_MS = 200;
const LARGEST_FILE_BYTES = 5_000_000;

export class Composer {
  #session;
  #options;
  #place = null;
  #recalled = null;
  #pending = 0;
  #file = null;

  /**
   * `send(text, options)` and `share(file, comment)` resolve to the server's response; `commands()` and `people()` are for
   * completions. In a thread `moveCommand(text)` moves a slash command to the channel, elsewhere
   * `openShortcuts()` shows the shortcuts. `testId` and `id` are those of the input.
   */
  constructor(session, { id, testId, sendTestId, commands = () => [], ...options }) {
    this.#session = session;
    this.#options = { commands, ...options };
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
    this.completions = new Completions(this.input, (text, caret) => this.write(text, caret));
    this.note = el("div", { class: "composer-note", role: "status" });
    this.attached = el("div", { class: "attached", hidden: true });
    this.broadcast = el("input", { type: "checkbox", "data-testid": "broadcast" });
    this.broadcastPlace = el("span");
    this.broadcastLabel = el(
      "label",
      { class: "composer-broadcast", hidden: true },
      this.broadcast,
      this.broadcastPlace,
    );
    const box = el(
      "div",
      { class: "composer-box" },
      this.attached,
      this.#tools(),
      this.input,
      this.button,
    );
    this.node = el("div", { class: "composer" }, this.completions.node, box, this.broadcastLabel, this.note);
    this.input.addEventListener("input", () => this.#onInput());
    this.input.addEventListener("keydown", (event) => this.#handleKey(event));
    this.input.addEventListener("blur", () => this.completions.hide());
  }

  /**
   * Compose for this place (a key), which keeps its draft. `closed` says why one can't post here; `broadcastTo`
   * names the channel to which a reply can be sent as well.
   */
  open(place, { label, closed = null, broadcastTo = null }) {
    this.input.placeholder = closed ?? label;
    this.input.setAttribute("aria-label", label);
    this.input.disabled = closed !== null;
    for (const tool of this.node.querySelectorAll(".composer-tools button"))
      tool.disabled = closed !== null;
    this.broadcastLabel.hidden = broadcastTo === null || closed !== null;
    this.broadcastPlace.textContent = `Also send to ${broadcastTo}`;
    if (place === this.#place) return;
    this.broadcast.checked = false;
    this.#place = place;
    this.#recalled = null;
    this.#say("");
    this.#attach(null);
    this.#set(this.#session.drafts.get(place) ?? "");
    this.completions.hide();
  }

  /** Put a text into the input for the person to send. */
  write(text, caret = text.length) {
    this.#set(text);
    this.focus();
    this.input.setSelectionRange(caret, caret);
    this.#onInput();
  }

  focus() {
    this.input.focus({ preventScroll: true });
  }

  #tools() {
    const chooser = el("input", {
      type: "file",
      hidden: true,
      "aria-label": "File to attach",
      onchange: () => {
        this.#attach(chooser.files[0] ?? null);
        chooser.value = "";
      },
    });
    const tool = (label, face, testId, onclick) =>
      el(
        "button",
        {
          type: "button",
          class: "quiet-button",
          "aria-label": label,
          title: label,
          "data-testid": testId,
          onclick,
        },
        icon(face),
      );
    const { openShortcuts } = this.#options;
    return el(
      "div",
      { class: "composer-tools" },
      tool("Attach a file", "attach", null, () => chooser.click()),
      openShortcuts && tool("Shortcuts", "bolt", "shortcuts", openShortcuts),
      menuButton(icon("more"), () => this.#moreWays(), {
        class: "quiet-button",
        "aria-label": "More ways to send",
        title: "More ways to send",
        "data-testid": "more-ways",
      }),
      chooser,
    );
  }

  #moreWays() {
    return [
      {
        label: "Text snippet…",
        choose: () => writeSnippet((file) => this.#options.share(file, "")),
      },
      {
        label: "Send through another app",
        description: "on your behalf, as apps with your token do",
        choose: () => this.#submit({ through_app: true }),
      },
    ];
  }

  #attach(file) {
    const isTooLarge = file !== null && file.size > LARGEST_FILE_BYTES;
    this.#file = isTooLarge ? null : file;
    this.attached.hidden = this.#file === null;
    this.attached.replaceChildren(
      ...(this.#file ? [fileChip(file.name, () => (this.#attach(null), this.focus()))] : []),
    );
    this.#fit();
    if (isTooLarge) this.#say("The file is larger than 5 MB.", { isError: true });
    else if (file) this.focus();
  }

  #set(text) {
    this.input.value = text;
    this.#fit();
  }

  #onInput() {
    const text = this.input.value;
    this.#session.drafts.set(this.#place, text);
    this.#say("");
    this.#fit();
    const { commands, people } = this.#options;
    this.completions.update({ commands: commands(), people: people() });
  }

  #fit() {
    this.input.style.height = "auto";
    const { scrollHeight } = this.input; // 0 while it is not on the page
    if (scrollHeight > 0) this.input.style.height = `${scrollHeight}px`;
    this.button.disabled = this.input.value.trim() === "" && this.#file === null;
  }

  #handleKey(event) {
    if (event.isComposing) return;
    if (this.completions.handleKey(event)) {
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

  async #submit(options = {}) {
    const text = this.input.value.trim();
    const file = this.#file;
    if (text === "" && file === null) return;
    if (file) return this.#share(file, text);
    if (text.startsWith("/") && this.#options.moveCommand) return this.#refuseCommand(text);
    const place = this.#place;
    this.#remember(text);
    this.#set("");
    this.#session.drafts.delete(place);
    this.completions.hide();
    const broadcast = this.broadcast.checked && !this.broadcastLabel.hidden;
    const sent = this.#options.send(text, { ...options, ...(broadcast && { broadcast }) });
    const response = await this.#whileBusy(sent);
    if (response.ok) this.broadcast.checked = false;
    else this.#restore(text, place, response.error);
  }

  async #share(file, comment) {
    const place = this.#place;
    this.#set("");
    this.#session.drafts.delete(place);
    this.completions.hide();
    const read = await readFile(file);
    const response = await this.#whileBusy(this.#options.share(read, comment));
    if (response.ok) this.#attach(null);
    else this.#restore(comment, place, response.error);
  }

  async #whileBusy(sending) {
    this.#pending += 1;
    const timer = setTimeout(() => this.#showBusy(), SLOW_MS);
    const response = await sending;
    clearTimeout(timer);
    this.#pending -= 1;
    if (this.#pending === 0) this.#showBusy();
    return response;
  }

  #showBusy() {
    const isBusy = this.#pending > 0;
    this.node.classList.toggle("is-busy", isBusy);
    if (isBusy) this.#say("Sending…");
    else if (this.note.textContent === "Sending…") this.#say("");
  }

  #restore(text, place, error) {
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
