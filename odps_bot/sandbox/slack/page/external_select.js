// Selects whose options the app finds while one types: one option, or several that are shown as chips.
import { el, uniqueId } from "./dom.js";
import { icon } from "./icons.js";
import { holdEntry, naming, tellApp } from "./interaction.js";

const PAUSE_MS = 250;
const LEAST_TYPED = 3;

/** Return the node of an `external_select` or `multi_external_select`: typing asks, picking an option chooses it. */
export function renderExternalSelect(element, blockId, context) {
  const isMulti = element.type === "multi_external_select";
  const most = isMulti ? (element.max_selected_items ?? Infinity) : 1;
  const listId = uniqueId("found");
  const list = el("datalist", { id: listId });
  const placeholder = element.placeholder?.text ?? "Type to search";
  const input = el("input", {
    class: "text-input",
    list: listId,
    placeholder,
    autocomplete: "off",
    ...naming(context, placeholder),
  });
  const chips = el("div", { class: "chosen-files" });
  const node = el("div", { class: "external-select" }, input, list, isMulti && chips);
  let chosen = [element.initial_option ?? element.initial_options ?? []].flat();
  let found = chosen;
  let timer = 0;

  const tell = () => {
    const choice = isMulti ? { value: chosen } : { selected_option: chosen[0] ?? null };
    return tellApp(node, element, blockId, context, choice);
  };
  const choose = (options) => {
    chosen = options.slice(0, most);
    draw();
    tell();
  };
  const draw = () => {
    input.disabled = isMulti && chosen.length >= most;
    if (!isMulti && chosen[0]) input.value = labelOf(chosen[0]);
    chips.replaceChildren(
      ...chosen.map((option) => chip(option, () => choose(chosen.filter((one) => one !== option)))),
    );
  };
  const ask = async () => {
    const value = input.value;
    if ([...value].length < (element.min_query_length ?? LEAST_TYPED)) return;
    const question = { block_id: blockId, action_id: element.action_id, value };
    const { options, option_groups: groups = [] } = await context.findOptions(question);
    found = options ?? groups.flatMap((group) => group.options);
    list.replaceChildren(...found.map((option) => el("option", { value: labelOf(option) })));
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const picked = found.find((option) => labelOf(option) === input.value);
    if (picked && isMulti) input.value = "";
    if (picked)
      return choose(isMulti ? [...chosen.filter((one) => one !== picked), picked] : [picked]);
    if (!isMulti) chosen = [];
    timer = setTimeout(ask, PAUSE_MS);
  });
  draw();
  return holdEntry(node, element, blockId, {
    read: () => (isMulti ? chosen : (chosen[0] ?? null)),
    write(value) {
      const options = [value ?? []].flat();
      if (!options.every((option) => option?.text)) return; // only their values are known
      chosen = options;
      draw();
    },
  });
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
