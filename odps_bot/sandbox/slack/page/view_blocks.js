// Shared by modals and home tabs: the blocks of a view, their values, and clicks that include them.
import { BlockList } from "./blocks.js";
import { el } from "./dom.js";
import { readEntries, valuesOfState, writeEntries } from "./interaction.js";

export class ViewBlocks {
  #blocks = new BlockList();
  #context;
  #view = null;

  /** `context` is that of blocks, with `clickInView(view, choice)` and `findOptions(question)`. */
  constructor(context) {
    this.#context = Object.create(context, {
      act: {
        value: (choice) => context.clickInView(this.#view, { ...choice, values: this.read() }),
      },
      findOptions: {
        value: (question) => context.findOptions({ ...question, view_id: this.#view.id }),
      },
    });
    this.node = el("div", { class: "view-blocks" }, this.#blocks.node);
  }

  get view() {
    return this.#view;
  }

  /** Show this version of the view and keep the values. */
  update(view) {
    const isNew = this.#view === null;
    this.#view = view;
    this.#blocks.update(view.blocks ?? [], this.#context);
    if (isNew) writeEntries(this.node, valuesOfState(view.state));
  }

  /** Return the values: `{block_id: {action_id: value}}`. */
  read() {
    return readEntries(this.node);
  }

  /** Show these errors, by block id, under their fields and focus the first; return whether there are any. */
  showErrors(errors) {
    const inputs = [...this.node.querySelectorAll(".input")];
    for (const input of inputs) input.showError(errors[input.dataset.blockId] ?? null);
    const first = inputs.find((input) => errors[input.dataset.blockId]);
    first?.querySelector("input, textarea, select, button")?.focus();
    return first !== undefined;
  }
}
