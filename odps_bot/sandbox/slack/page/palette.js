// A list to search and pick from: channels to go to, shortcuts to run.
import { el, uniqueId } from "./dom.js";

/**
 * Open a palette of `[{label, description?, picture?, choose()}]`. Typing narrows it, arrows move, Enter picks,
 * Escape closes. `empty` is said when nothing matches.
 */
export function openPalette({ label, entries, empty = "Nothing matches." }) {
  const listId = uniqueId("palette");
  const input = el("input", {
    class: "palette-input",
    placeholder: label,
    role: "combobox",
    "aria-label": label,
    "aria-controls": listId,
    "aria-expanded": "true",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
  });
  const list = el("div", {
    id: listId,
    class: "palette-list",
    role: "listbox",
    "aria-label": label,
  });
  const dialog = el(
    "dialog",
    { class: "dialog palette", "aria-label": label, "data-testid": "palette" },
    input,
    list,
  );
  let shown = entries;
  let chosen = 0;

  const pick = (entry) => {
    if (!entry) return;
    dialog.close();
    entry.choose();
  };
  const draw = () => {
    list.replaceChildren(
      ...shown.map((entry, index) =>
        optionNode(entry, `${listId}-${index}`, index === chosen, pick),
      ),
      ...(shown.length === 0 ? [el("p", { class: "palette-empty" }, empty)] : []),
    );
    if (shown.length === 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", `${listId}-${chosen}`);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  };
  input.addEventListener("input", () => {
    shown = matching(entries, input.value);
    chosen = 0;
    draw();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) chosen = (chosen + step + shown.length) % Math.max(shown.length, 1);
    else if (event.key !== "Enter") return;
    event.preventDefault();
    if (step) draw();
    else pick(shown[chosen]);
  });
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  draw();
  input.focus();
}

function matching(entries, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter(({ label, description = "" }) => {
    const content = `${label} ${description}`.toLowerCase();
    return words.every((word) => content.includes(word));
  });
}

const optionNode = (entry, id, isChosen, pick) =>
  el(
    "div",
    {
      id,
      class: "palette-option",
      role: "option",
      "aria-selected": String(isChosen),
      onclick: () => pick(entry),
    },
    entry.picture,
    el(
      "span",
      { class: "palette-text" },
      el("span", {}, entry.label),
      entry.description && el("span", { class: "menu-description" }, entry.description),
    ),
  );
