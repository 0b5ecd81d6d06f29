// Selects whose options the app supplies while one types: one option, or several shown as chips.
import { el, uniqueId } from "./dom.js";
import { icon } from "./icons.js";
import { bindInput, dispatchAction, labelling } from "./interaction.js";

const PAUSE_MS = 250;
const MIN_QUERY_LENGTH = 3;

/** Return the node of an `external_select` or `multi_external_select`. */
export const renderExternalSelect = (element, blockId, context) =>
  new ExternalSelect(element, blockId, context).node;

class ExternalSelect {
  #timer = 0;

  constructor(element, blockId, context) {
    Object.assign(this, { element, blockId, context });
    this.isMulti = element.type === "multi_external_select";
    this.maximum = this.isMulti ? (element.max_selected_items ?? Infinity) : 1;
    this.chosen = [element.initial_option ?? element.initial_options ?? []].flat();
    this.found = this.chosen;
    this.list = el("datalist", { id: uniqueId("found") });
    const placeholder = element.placeholder?.text ?? "Type to search";
    this.input = el("input", {
      class: "text-input",
      list: this.list.id,
      placeholder,
      autocomplete: "off",
      ...labelling(context, placeholder),
      oninput: () => this.#onInput(),
    });
    this.chips = el("div", { class: "chosen-files" });
    const parts = [this.input, this.list, this.isMulti && this.chips];
    this.node = el("div", { class: "external-select" }, ...parts);
    this.#draw();
    bindInput(this.node, element, blockId, {
      read: () => (this.isMulti ? this.chosen : (this.chosen[0] ?? null)),
      write: (value) => this.#write([value ?? []].flat()),
    });
  }

  #onInput() {
    clearTimeout(this.#timer);
    const picked = this.found.find((option) => labelOf(option) === this.input.value);
    if (picked && this.isMulti) this.input.value = "";
    if (picked) return this.#choose(this.isMulti ? [...this.#without(picked), picked] : [picked]);
    if (!this.isMulti) this.chosen = [];
    this.#timer = setTimeout(() => this.#search(), PAUSE_MS);
  }

  async #search() {
    const { value } = this.input;
    if ([...value].length < (this.element.min_query_length ?? MIN_QUERY_LENGTH)) return;
    const question = { block_id: this.blockId, action_id: this.element.action_id, value };
    const { options, option_groups: groups = [] } = await this.context.findOptions(question);
    this.found = options ?? groups.flatMap((group) => group.options);
    this.list.replaceChildren(
      ...this.found.map((option) => el("option", { value: labelOf(option) })),
    );
  }

  #choose(options) {
    this.chosen = options.slice(0, this.maximum);
    this.#draw();
    const choice = this.isMulti
      ? { value: this.chosen }
      : { selected_option: this.chosen[0] ?? null };
    dispatchAction(this.node, this.element, this.blockId, this.context, choice);
  }

  #write(options) {
    if (!options.every((option) => option?.text)) return; // only their values are known
    this.chosen = options;
    this.#draw();
  }

  #draw() {
    this.input.disabled = this.isMulti && this.chosen.length >= this.maximum;
    if (!this.isMulti && this.chosen[0]) this.input.value = labelOf(this.chosen[0]);
    this.chips.replaceChildren(
      ...this.chosen.map((option) => chip(option, () => this.#choose(this.#without(option)))),
    );
  }

  #without = (option) => this.chosen.filter((one) => one !== option);
}

const labelOf = (option) => option.text?.text ?? option.value;

function chip(option, onremove) {
  const name = `Remove ${labelOf(option)}`;
  const attributes = { type: "button", class: "quiet-button", "aria-label": name };
  return el(
    "span",
    { class: "chip chip-file" },
    el("span", { class: "chip-name" }, labelOf(option)),
    el("button", { ...attributes, onclick: onremove }, icon("close")),
  );
}
