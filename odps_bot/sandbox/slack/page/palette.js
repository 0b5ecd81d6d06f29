// A searchable list to pick from: channels and shortcuts.
import { el, uniqueId } from "./dom.js";

/**
 * Open a palette of `[{label, description?, picture?, choose()}]`. Typing filters, arrows move, Enter picks,
 * Escape closes. `empty` is shown when nothing matches.
 */
export function openPalette({ label, entries, empty = "Nothing matches." }) {
  const { dialog, input, list } = makePalette(label);
  let shown = entries;
  let chosen = 0;

  const pick = (entry) => {
    if (!entry) return;
    dialog.close();
    entry.choose();
  };
  const draw = () => {
    list.replaceChildren(
      ...shown.map((entry, index) => optionNode(entry, `${list.id}-${index}`, index === chosen, pick)),
      ...(shown.length === 0 ? [el("p", { class: "palette-empty" }, empty)] : []),
    );
    if (shown.length === 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", `${list.id}-${chosen}`);
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
  document.body.append(dialog);
  dialog.showModal();
  draw();
  input.focus();
}

function makePalette(label) {
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
  const attributes = { class: "dialog palette", "aria-label": label, "data-testid": "palette" };
  const dialog = el("dialog", attributes, input, list);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  return { dialog, input, list };
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
