// The modals of the acting person: a stack of views, of which the top one is shown.
import { el, uniqueId } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { rememberFocus } from "./focus.js";
import { icon } from "./icons.js";
import { ViewBlocks } from "./view_blocks.js";
import { submitFailure } from "./failure_texts.js";

const FOCUSABLE = "a[href], button, input, select, textarea";
const FIRST_FIELD = "input, textarea, select, .multi-button";

export class ModalStack {
  #context;
  #actions;
  #modals = new Map();
  #dialog = null;
  #restoreFocus = null;

  /** `actions` are `submit(view, values)` and `close(view, {all})`; both resolve to the server's response. */
  constructor(context, actions) {
    this.#context = context;
    this.#actions = actions;
  }

  get isOpen() {
    return this.#dialog !== null;
  }

  /** Show the top of this stack of views, bottom first. Views below keep their values. */
  update(views) {
    for (const id of this.#modals.keys())
      if (!views.some((view) => view.id === id)) this.#modals.delete(id);
    if (views.length === 0) return this.#hide();
    for (const view of views) this.#modal(view).update(view);
    this.#show(this.#modal(views.at(-1)));
  }

  /** Clear everything, for another person. */
  clear() {
    this.update([]);
  }

  #modal(view) {
    if (!this.#modals.has(view.id))
      this.#modals.set(view.id, new Modal(this.#context, this.#actions));
    return this.#modals.get(view.id);
  }

  #show(modal) {
    if (!this.#dialog) {
      this.#restoreFocus = rememberFocus();
      this.#dialog = el("dialog", { class: "dialog modal", "data-testid": "modal" });
      this.#dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        this.#topModal()?.close({ all: true });
      });
      document.body.append(this.#dialog);
    }
    this.#dialog.setAttribute("aria-labelledby", modal.titleId);
    const isNew = this.#dialog.firstChild !== modal.node;
    if (isNew) this.#dialog.replaceChildren(modal.node);
    if (!this.#dialog.open) this.#dialog.showModal();
    if (isNew || !this.#dialog.contains(document.activeElement)) modal.focusFirst();
    else modal.focusFieldThatAppeared();
  }

  #topModal() {
    return [...this.#modals.values()].find(({ node }) => node === this.#dialog?.firstChild);
  }

  #hide() {
    if (!this.#dialog) return;
    this.#dialog.close();
    this.#dialog.remove();
    this.#dialog = null;
    this.#restoreFocus();
  }
}

/** One view of the stack. */
class Modal {
  titleId = uniqueId("modal-title");
  #actions;
  #body;
  #errors = null;
  #head = el("header", { class: "modal-head" });
  #foot = el("footer", { class: "modal-foot" });
  #failure = el("p", { class: "modal-failure", role: "alert" });
  #scroller = el("div", { class: "modal-body" });
  #shown = "";

  constructor(context, actions) {
    this.#actions = actions;
    this.#body = new ViewBlocks(context);
    this.#scroller.append(this.#body.node);
    const parts = [this.#head, this.#scroller, this.#failure, this.#foot];
    this.node = el("form", { novalidate: true }, ...parts);
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#submit();
    });
  }

  update(view) {
    this.#body.update(view);
    // What has nothing to focus, as a log, is scrolled with the keyboard when it has the focus.
    this.#scroller.tabIndex = this.#scroller.querySelector(FOCUSABLE) ? -1 : 0;
    this.#drawFrame(view);
    if (view.errors && view.errors !== this.#errors) this.#showErrors(view.errors);
    this.#errors = view.errors ?? null;
  }

  focusFirst() {
    const wanted =
      this.node.querySelector(".modal-body [autofocus]") ??
      this.node.querySelector(`.modal-body :is(${FIRST_FIELD})`) ??
      this.#submitButton ??
      this.#head.querySelector("button");
    wanted?.focus();
  }

  /** A view that was loading can have its fields now. */
  focusFieldThatAppeared() {
    const isOutside = !this.node.querySelector(".modal-body").contains(document.activeElement);
    if (isOutside && this.#hadNoField && this.#firstField) this.focusFirst();
    this.#hadNoField = !this.#firstField;
  }

  #hadNoField = true;

  async close({ all }) {
    const response = await this.#actions.close(this.#body.view, { all });
    if (!response.ok) this.#failure.textContent = submitFailure(response.error);
  }

  get #firstField() {
    return this.node.querySelector(`.modal-body :is(${FIRST_FIELD})`);
  }

  get #submitButton() {
    return this.#foot.querySelector("[type=submit]");
  }

  async #submit() {
    const button = this.#submitButton;
    if (!button || button.ariaBusy === "true") return;
    this.#failure.textContent = "";
    this.#body.showErrors({});
    button.ariaBusy = "true";
    const response = await this.#actions.submit(this.#body.view, this.#body.read());
    button.ariaBusy = null;
    if (response.errors) this.#showErrors(response.errors);
    else if (!response.ok) this.#failure.textContent = submitFailure(response.error);
  }

  #showErrors(errors) {
    const isShown = this.#body.showErrors(errors);
    if (!isShown) this.#failure.textContent = Object.values(errors).join(" ");
  }

  #drawFrame(view) {
    const { title, submit, close, previous_view_id: previous } = view;
    const shown = JSON.stringify([title, submit, close, previous]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const quiet = (label, face, all) =>
      el(
        "button",
        {
          type: "button",
          class: "quiet-button",
          "aria-label": label,
          onclick: () => this.close({ all }),
        },
        icon(face),
      );
    this.#head.replaceChildren(
      ...[
        previous && quiet("Back", "back", false),
        el("h2", { id: this.titleId }, withEmoji(title?.text ?? "")),
        quiet("Close", "close", true),
      ].filter(Boolean),
    );
    const cancel = { type: "button", class: "button", onclick: () => this.close({ all: false }) };
    this.#foot.replaceChildren(
      el("button", cancel, close?.text ?? (submit ? "Cancel" : "Close")),
      ...(submit
        ? [
            el(
              "button",
              { type: "submit", class: "button button-primary" },
              el("span", {}, submit.text),
            ),
          ]
        : []),
    );
  }
}
