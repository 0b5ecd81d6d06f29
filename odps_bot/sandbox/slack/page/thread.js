// The pane of one thread: the message, its replies and a composer.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./message_list.js";

export class ThreadPane {
  #composer;
  #log;
  #count = el("span");
  #place = el("span", { class: "pane-place" });

  constructor({ context, composer, onclose }) {
    this.#composer = composer;
    this.#log = new MessageList(context, "Thread");
    const close = el(
      "button",
      {
        type: "button",
        class: "quiet-button",
        "aria-label": "Close the thread",
        "data-testid": "close-thread",
        onclick: onclose,
      },
      icon("close"),
    );
    this.node = el(
      "div",
      { class: "pane-content", role: "region", "aria-label": "Thread", "data-testid": "thread" },
      el(
        "header",
        { class: "pane-head" },
        el("div", {}, el("h2", {}, "Thread"), this.#place),
        close,
      ),
      this.#log.node,
      composer.node,
    );
    this.divider = el("div", { class: "replies", role: "separator" }, this.#count);
  }

  /** Show the root, or that it is gone, and its replies. */
  update({ root, replies, place }) {
    this.#place.textContent = place;
    this.#count.textContent =
      replies.length === 0
        ? "No replies yet"
        : `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
    const gone = root ? null : el("p", { class: "gone" }, "This message was deleted.");
    const items = (root ? [root, ...replies] : replies).map((message) => ({ message }));
    this.#log.show(items, { intro: gone, divider: root ? this.divider : null });
  }

  clear() {
    this.#log.clear();
  }

  /** Show one of the messages; return whether it is there. */
  reveal(ts) {
    return this.#log.reveal(ts);
  }

  focus() {
    this.#composer.focus();
  }
}
