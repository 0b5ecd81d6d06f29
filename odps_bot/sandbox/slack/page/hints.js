// The commands on offer above a composer that begins with "/".
import { el, uniqueId } from "./dom.js";

export class CommandHints {
  node = el("div", { class: "hints", hidden: true });
  #listId = uniqueId("commands");
  #matches = [];
  #chosen = 0;

  /** `oncomplete(text)` takes over a command that was picked. */
  constructor(input, oncomplete) {
    this.input = input;
    this.oncomplete = oncomplete;
    input.setAttribute("aria-controls", this.#listId);
  }

  /** Show what goes on from this text: the matching commands, or the usage of the one being typed. */
  update(text, commands) {
    const [name] = text.split(/\s/, 1);
    const isNaming = /^\/\S*$/.test(text);
    const isChoosingVerb = /^\/\S+\s+\S*$/.test(text);
    const current = !isChoosingVerb ? null : commands.find(({ command }) => command === name);
    this.#matches = isNaming ? commands.filter(({ command }) => command.startsWith(text)) : [];
    this.#chosen = 0;
    this.node.hidden = this.#matches.length === 0 && !current?.usage_hint;
    this.#showChoice(null);
    if (this.node.hidden) this.node.replaceChildren();
    else if (current)
      this.node.replaceChildren(
        el("div", { class: "hint-usage" }, el("b", {}, current.command), ` ${current.usage_hint}`),
      );
    else this.#draw();
  }

  hide() {
    this.node.hidden = true;
    this.#matches = [];
    this.#showChoice(null);
  }

  /** Take a key of the input; return whether it was meant for the list. */
  handleKey(event) {
    if (this.#matches.length === 0) return false;
    const isWhole = this.#matches.some(({ command }) => command === this.input.value);
    if (event.key === "Escape") this.hide();
    else if (event.key === "Tab" || (event.key === "Enter" && !isWhole))
      this.#complete(this.#matches[this.#chosen]);
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.#matches.length > 1)
      this.#move(event.key === "ArrowDown" ? 1 : -1);
    else return false;
    return true;
  }

  #move(step) {
    this.#chosen = (this.#chosen + step + this.#matches.length) % this.#matches.length;
    this.#draw();
  }

  #complete({ command }) {
    this.hide();
    this.oncomplete(`${command} `);
  }

  #showChoice(id) {
    if (id) this.input.setAttribute("aria-activedescendant", id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #draw() {
    const option = (match, index) =>
      el(
        "div",
        {
          id: `${this.#listId}-${index}`,
          class: "hint",
          role: "option",
          "aria-selected": String(index === this.#chosen),
          onmousedown: (event) => (event.preventDefault(), this.#complete(match)),
        },
        el(
          "span",
          { class: "hint-command" },
          el("b", {}, match.command),
          ` ${match.usage_hint ?? ""}`,
        ),
        el("span", { class: "hint-description" }, match.description ?? ""),
      );
    this.#showChoice(`${this.#listId}-${this.#chosen}`);
    this.node.replaceChildren(
      el(
        "div",
        { id: this.#listId, role: "listbox", "aria-label": "Commands" },
        this.#matches.map(option),
      ),
    );
  }
}
