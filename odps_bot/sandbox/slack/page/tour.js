// The tour: each step puts its command into the composer or opens the place where it is done.
import { el, redraw } from "./dom.js";
import { icon } from "./icons.js";

export class TourPane {
  #tried = new Set(); // titles
  #entries = [];

  /** `onpick(entry)` gets the picked entry, see TourGuide; `nameOf(name)` returns the full name of a person. */
  constructor({ onpick, onclose, nameOf }) {
    Object.assign(this, { onpick, onclose, nameOf });
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

  /** Mark an entry as tried. */
  markDone(entry) {
    this.#tried.add(entry.title);
    this.#draw();
  }

  /** Mark the entries whose command was sent as tried. */
  markSent(text) {
    for (const entry of this.#entries) if (entry.command === text.trim()) this.markDone(entry);
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
      entry.acts_as && el("span", { class: "tour-as" }, `As ${this.nameOf(entry.acts_as)}`),
      el("span", { class: "tour-text" }, entry.text),
      entry.command && el("code", { class: "tour-command" }, entry.command),
    );
    const attributes = {
      class: `tour-entry${isTried ? " is-tried" : ""}`,
      "data-testid": "tour-entry",
    };
    if (!entry.command && !entry.place) return el("div", attributes, number, body);
    return el(
      "button",
      { ...attributes, type: "button", onclick: () => this.onpick(entry) },
      number,
      body,
    );
  }

  #isTried({ title }) {
    return this.#tried.has(title);
  }
}
