// Things to try: each puts its command into the composer.
import { el, redraw } from "./dom.js";
import { icon } from "./icons.js";

export class TourPane {
  #tried = new Set();
  #entries = [];

  constructor({ onpick, onclose }) {
    Object.assign(this, { onpick, onclose });
    this.node = el("div", {
      class: "pane-content",
      role: "region",
      "aria-label": "Things to try",
      "data-testid": "tour",
    });
  }

  update(entries) {
    this.#entries = entries;
    this.#draw();
  }

  /** Remember that this text was sent. */
  noticeSent(text) {
    this.#tried.add(text.trim());
    this.#draw();
  }

  #draw() {
    const done = this.#entries.filter((entry) => this.#isTried(entry)).length;
    redraw(
      this.node,
      el(
        "header",
        { class: "pane-head" },
        el(
          "div",
          {},
          el("h2", {}, "Things to try"),
          el(
            "span",
            { class: "pane-place" },
            done > 0 ? `${done} of ${this.#entries.length} tried` : "Pick one, then press Enter",
          ),
        ),
        el(
          "button",
          {
            type: "button",
            class: "quiet-button",
            "aria-label": "Close the tour",
            "data-testid": "close-tour",
            onclick: this.onclose,
          },
          icon("close"),
        ),
      ),
      el(
        "ol",
        { class: "tour" },
        this.#entries.map((entry, index) => el("li", {}, this.#entry(entry, index))),
      ),
    );
  }

  #entry(entry, index) {
    const isTried = this.#isTried(entry);
    const number = el(
      "span",
      { class: "tour-number" },
      isTried ? icon("check") : String(index + 1),
    );
    const body = el(
      "span",
      { class: "tour-body" },
      el(
        "span",
        { class: "tour-title" },
        entry.title,
        isTried && el("span", { class: "visually-hidden" }, " (tried)"),
      ),
      el("span", { class: "tour-text" }, entry.text),
      entry.command && el("code", { class: "tour-command" }, entry.command),
    );
    const attributes = {
      class: `tour-entry${isTried ? " is-tried" : ""}`,
      "data-testid": "tour-entry",
    };
    if (!entry.command) return el("div", attributes, number, body);
    return el(
      "button",
      { ...attributes, type: "button", onclick: () => this.onpick(entry.command) },
      number,
      body,
    );
  }

  #isTried({ command }) {
    return Boolean(command) && this.#tried.has(command.trim());
  }
}
