// A select whose options the app finds while one types.
import { el, uniqueId } from "./dom.js";
import { holdEntry, naming, tellApp } from "./interaction.js";

const PAUSE_MS = 250;

/** Return the node of an `external_select`: typing asks the app, picking an option chooses it. */
export function renderExternalSelect(element, blockId, context) {
  const listId = uniqueId("found");
  const list = el("datalist", { id: listId });
  const placeholder = element.placeholder?.text ?? "Type to search";
  const input = el("input", {
    class: "text-input",
    list: listId,
    placeholder,
    ...naming(context, placeholder),
  });
  const node = el("div", { class: "external-select" }, input, list);
  let found = element.initial_option ? [element.initial_option] : [];
  let chosen = element.initial_option ?? null;
  let timer = 0;
  input.value = chosen ? labelOf(chosen) : "";

  const ask = async () => {
    const value = input.value;
    if ([...value].length < (element.min_query_length ?? 3)) return;
    const question = { block_id: blockId, action_id: element.action_id, value };
    const { options, option_groups: groups = [] } = await context.findOptions(question);
    found = options ?? groups.flatMap((group) => group.options);
    list.replaceChildren(...found.map((option) => el("option", { value: labelOf(option) })));
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    chosen = found.find((option) => labelOf(option) === input.value) ?? null;
    if (chosen) tellApp(node, element, blockId, context, { selected_option: chosen });
    else timer = setTimeout(ask, PAUSE_MS);
  });
  return holdEntry(node, element, blockId, {
    read: () => chosen,
    write(option) {
      if (!option?.text) return;
      chosen = option;
      input.value = labelOf(option);
    },
  });
}

const labelOf = (option) => option.text?.text ?? option.value;
