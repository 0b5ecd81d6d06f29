// Multi-selects: a button that opens a searchable list of checkboxes.
import { optionsOf } from "./choices.js";
import { el, uniqueId } from "./dom.js";
import { bindInput, dispatchAction, labelling } from "./interaction.js";

const MIN_SEARCHABLE = 8;
const PLACEHOLDERS = {
  multi_users_select: "Select people",
  multi_conversations_select: "Select channels",
  multi_channels_select: "Select channels",
};

/** Return the node of a `multi_…_select`. Closing the list reports the choice to the app. */
export const renderMultiSelect = (element, blockId, context) =>
  new MultiSelect(element, blockId, context).node;

class MultiSelect {
  #reported; // the choice that the app knows, as JSON

  constructor(element, blockId, context) {
    Object.assign(this, { element, blockId, context }, optionsOf(element, context));
    this.options = this.groups.flatMap((group) => group.options);
    this.placeholder =
      element.placeholder?.text ?? PLACEHOLDERS[element.type] ?? "Select options";
    this.face = el("span", { id: uniqueId("chosen"), class: "multi-face" });
    this.list = el("div", { class: "multi-list" });
    this.search = el("input", {
      type: "search",
      class: "text-input",
      placeholder: "Search",
      "aria-label": "Search the options",
      oninput: () => this.#filter(),
    });
    this.panel = this.#makePanel();
    this.button = this.#makeButton();
    this.node = this.#makeNode();
    this.#set(this.initial);
    bindInput(this.node, element, blockId, {
      read: () => this.chosen.map(({ value }) => value),
      write: (values) => this.#set(values ?? []),
    });
  }

  #makePanel() {
    const attributes = { id: uniqueId("options"), class: "multi-panel menu", role: "group" };
    return el(
      "div",
      { ...attributes, "aria-label": this.placeholder, hidden: true },
      this.options.length >= MIN_SEARCHABLE && this.search,
      this.list,
    );
  }

  #makeButton() {
    const labels = labelling(this.context, this.placeholder);
    const labelId = labels["aria-labelledby"];
    return el(
      "button",
      {
        type: "button",
        class: "select multi-button",
        "aria-expanded": "false",
        "aria-controls": this.panel.id,
        ...labels,
        ...(labelId && { "aria-labelledby": `${labelId} ${this.face.id}` }),
        onclick: () => (this.panel.hidden ? this.#open() : this.#close()),
      },
      this.face,
    );
  }

  #makeNode() {
    const node = el("div", { class: "multi menu-frame" }, this.button, this.panel);
    node.addEventListener("focusout", ({ relatedTarget }) => {
      if (!node.contains(relatedTarget) && !node.matches(":hover")) this.#close();
    });
    node.addEventListener("keydown", (event) => this.#handleKey(event));
    return node;
  }

  #set(values) {
    this.chosen = this.options.filter(({ value }) => values.includes(value));
    this.#reported = JSON.stringify(this.chosen);
    this.#draw();
  }

  #draw() {
    this.face.replaceChildren(
      ...(this.chosen.length === 0
        ? [el("span", { class: "multi-empty" }, this.placeholder)]
        : this.chosen.map((option) => el("span", { class: "chip" }, labelOf(option)))),
    );
    const isFull = this.chosen.length >= (this.element.max_selected_items ?? Infinity);
    for (const input of this.list.querySelectorAll("input"))
      input.disabled = !input.checked && isFull;
  }

  #toggle(option, isChosen) {
    this.chosen = this.options.filter((one) =>
      one === option ? isChosen : this.chosen.includes(one),
    );
    this.#draw();
  }

  #filter() {
    const wanted = this.search.value.trim().toLowerCase();
    for (const label of this.list.querySelectorAll("label"))
      label.hidden = !label.textContent.toLowerCase().includes(wanted);
  }

  #fill() {
    const toggle = (option, isChosen) => this.#toggle(option, isChosen);
    this.search.value = "";
    this.list.replaceChildren(
      ...this.groups.flatMap(({ label, options }) => [
        ...(label === null ? [] : [el("div", { class: "multi-group" }, label)]),
        ...options.map((option) => choice(option, this.chosen.includes(option), toggle)),
      ]),
    );
    this.#draw();
  }

  #open() {
    this.#fill();
    this.panel.hidden = false;
    document.addEventListener("pointerdown", this.#closeFromOutside);
    this.button.setAttribute("aria-expanded", "true");
    this.panel.querySelector("input")?.focus({ preventScroll: true });
    this.panel.scrollIntoView({ block: "nearest" });
  }

  #close() {
    if (this.panel.hidden) return;
    this.panel.hidden = true;
    document.removeEventListener("pointerdown", this.#closeFromOutside);
    this.button.setAttribute("aria-expanded", "false");
    if (JSON.stringify(this.chosen) === this.#reported) return;
    this.#reported = JSON.stringify(this.chosen);
    const value = this.isStatic ? this.chosen : this.chosen.map((option) => option.value);
    dispatchAction(this.node, this.element, this.blockId, this.context, { value });
  }

  #closeFromOutside = ({ target }) => {
    if (!this.node.contains(target)) this.#close();
  };

  #handleKey(event) {
    if (event.key === "Enter" && event.target !== this.button) event.preventDefault();
    else if (event.key !== "Escape" || this.panel.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    this.button.focus();
    this.#close();
  }
}

const labelOf = (option) => option.text?.text ?? option.value;

const choice = (option, isChosen, toggle) =>
  el(
    "label",
    { class: "menu-item multi-choice" },
    el("input", {
      type: "checkbox",
      checked: isChosen,
      onchange: ({ target }) => toggle(option, target.checked),
    }),
    el("span", {}, labelOf(option)),
    option.description && el("span", { class: "menu-description" }, option.description.text),
  );
