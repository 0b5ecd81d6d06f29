// Completions above a composer: commands after "/", people after "@".
import { el, uniqueId } from "./dom.js";

const NAME = /(?<=^|[\s(])@([\p{L}\p{N}._-]*)$/u;
const MOST = 8;

export class Completions {
  node = el("div", { class: "hints", hidden: true });
  #listId = uniqueId("hints");
  #matches = [];
  #chosen = 0;

  /** `oncomplete(text, caret)` gets the whole text after a completion. */
  constructor(input, oncomplete) {
    this.input = input;
    this.oncomplete = oncomplete;
    input.setAttribute("aria-autocomplete", "list");
  }

  /** Show the completions of the input: names, matching commands, or the usage of one. */
  update({ commands, people }) {
    const text = this.input.value;
    const [name] = text.split(/\s/, 1);
    const isChoosingVerb = /^\/\S+\s+\S*$/.test(text);
    const current = isChoosingVerb ? commands.find(({ command }) => command === name) : null;
    this.#matches = /^\/\S*$/.test(text) ? commandMatches(text, commands) : this.#names(people);
    this.#chosen = 0;
    this.node.hidden = this.#matches.length === 0 && !current?.usage_hint;
    this.#showChoice(null);
    if (this.#matches.length > 0) this.#draw();
    else if (this.node.hidden) this.node.replaceChildren();
    else
      this.node.replaceChildren(
        el("div", { class: "hint-usage" }, el("b", {}, current.command), ` ${current.usage_hint}`),
      );
  }

  hide() {
    this.node.hidden = true;
    this.#matches = [];
    this.#showChoice(null);
  }

  /** Handle a key of the input; return whether it was for the list. */
  handleKey(event) {
    if (this.#matches.length === 0) return false;
    const isWhole = this.#matches.some(({ text }) => text.trim() === this.input.value);
    if (event.key === "Escape") this.hide();
    else if (event.key === "Tab" || (event.key === "Enter" && !isWhole))
      this.#complete(this.#matches[this.#chosen]);
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.#matches.length > 1)
      this.#move(event.key === "ArrowDown" ? 1 : -1);
    else return false;
    return true;
  }

  #names(people) {
    const { value, selectionStart: caret } = this.input;
    const before = value.slice(0, caret);
    const [typed, wanted] = NAME.exec(before) ?? [null, ""];
    if (typed === null) return [];
    const start = before.length - typed.length;
    const complete = (person) => {
      const done = `${before.slice(0, start)}@${person.name} `;
      return { text: done + value.slice(caret).replace(/^ /, ""), caret: done.length };
    };
    const isWanted = (person) =>
      `${person.name} ${person.real_name}`
        .toLowerCase()
        .split(/[\s._-]+/)
        .some((word) => word.startsWith(wanted.toLowerCase()));
    return people
      .filter(isWanted)
      .slice(0, MOST)
      .map((person) => ({
        name: `@${person.name}`,
        detail: person.is_bot ? "APP" : "",
        description: person.real_name,
        ...complete(person),
      }));
  }

  #move(step) {
    this.#chosen = (this.#chosen + step + this.#matches.length) % this.#matches.length;
    this.#draw();
  }

  #complete({ text, caret }) {
    this.hide();
    this.oncomplete(text, caret);
  }

  #showChoice(id) {
    for (const [name, value] of [
      ["aria-activedescendant", id],
      ["aria-controls", id && this.#listId],
    ])
      if (value) this.input.setAttribute(name, value);
      else this.input.removeAttribute(name);
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
        el("span", { class: "hint-command" }, el("b", {}, match.name), ` ${match.detail}`),
        el("span", { class: "hint-description" }, match.description),
      );
    this.#showChoice(`${this.#listId}-${this.#chosen}`);
    const label = this.#matches[0].name.startsWith("@") ? "People" : "Commands";
    this.node.replaceChildren(
      el(
        "div",
        { id: this.#listId, role: "listbox", "aria-label": label },
        this.#matches.map(option),
      ),
    );
    this.node.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }
}

const commandMatches = (typed, commands) =>
  commands
    .filter(({ command }) => command.startsWith(typed))
    .map(({ command, usage_hint: usage, description }) => ({
      name: command,
      detail: usage ?? "",
      description: description ?? "",
      text: `${command} `,
      caret: command.length + 1,
    }));
