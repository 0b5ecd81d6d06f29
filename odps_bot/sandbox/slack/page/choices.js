// Choosing options: single selects, radio buttons and checkboxes.
import { el, uniqueId } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { bindInput, dispatchAction, labelling } from "./interaction.js";

/** The options of selects without a list, and the field of their initial choice. */
const SOURCES = {
  users: {
    options: (context) => context.people(),
    initial: (element) => element.initial_user ?? element.initial_users,
  },
  channels: {
    options: (context) => context.channels(),
    initial: (element) => element.initial_channel ?? element.initial_channels,
  },
  conversations: {
    options: (context, element) => context.conversations(element.filter),
    initial: (element, context) =>
      element.initial_conversation ??
      element.initial_conversations ??
      (element.default_to_current_conversation ? context.currentConversation : undefined),
  },
};

/**
 * Return the options of a select: `groups`, each with a label or null, the `initial` values, and whether the
 * choice is an option object (`isStatic`) or an id.
 */
export function optionsOf(element, context) {
  const source = SOURCES[/(users|channels|conversations)_select$/.exec(element.type)?.[1]];
  if (source) {
    const initial = [source.initial(element, context) ?? []].flat();
    return {
      groups: [{ label: null, options: source.options(context, element) }],
      initial,
      isStatic: false,
    };
  }
  const groups = element.option_groups?.map(({ label, options }) => ({
    label: label?.text ?? "",
    options,
  }));
  const initial = [element.initial_option ?? element.initial_options ?? []].flat();
  return {
    groups: groups ?? [{ label: null, options: element.options ?? [] }],
    initial: initial.map(({ value }) => value),
    isStatic: true,
  };
}

/** Return the node of a single select. */
export function renderSelect(element, blockId, context) {
  const { groups, initial, isStatic } = optionsOf(element, context);
  const options = groups.flatMap((group) => group.options);
  const placeholder = element.placeholder?.text ?? "Select an option";
  const canBeEmpty = Boolean(context.field?.isOptional);
  const optionNode = (option) =>
    el(
      "option",
      { value: options.indexOf(option), selected: initial.includes(option.value) },
      withEmoji(option.text?.text ?? option.value),
    );
  const node = el(
    "select",
    { class: "select", ...labelling(context, placeholder) },
    (initial.length === 0 || canBeEmpty) &&
      el(
        "option",
        { value: "", disabled: !canBeEmpty, selected: initial.length === 0 },
        placeholder,
      ),
    groups.map(({ label, options: offered }) =>
      label === null ? offered.map(optionNode) : el("optgroup", { label }, offered.map(optionNode)),
    ),
  );
  const chosen = () => (node.value === "" ? null : options[Number(node.value)]);
  let before = node.value;
  node.addEventListener("change", async () => {
    const choice = isStatic ? { selected_option: chosen() } : { value: chosen()?.value ?? null };
    if (await dispatchAction(node, element, blockId, context, choice)) before = node.value;
    else node.value = before;
  });
  return bindInput(node, element, blockId, {
    read: () => chosen()?.value ?? null,
    write(value) {
      const index = options.findIndex((option) => option.value === value);
      node.value = index < 0 ? "" : String(index);
      before = node.value;
    },
  });
}

/** Return the node of radio buttons or checkboxes. */
export function renderChoices(element, blockId, context) {
  const isRadio = element.type === "radio_buttons";
  const name = uniqueId("choices");
  const options = element.options ?? [];
  const { initial } = optionsOf(element, context);
  const node = el("div", {
    class: "choices",
    role: isRadio ? "radiogroup" : "group",
    ...labelling(context, isRadio ? "Choose one" : "Choose any"),
  });
  const inputs = () => [...node.querySelectorAll("input")];
  const chosen = () => options.filter((_, index) => inputs()[index].checked);
  const dispatch = () => {
    const choice = isRadio ? { selected_option: chosen()[0] } : { value: chosen() };
    return dispatchAction(node, element, blockId, context, choice);
  };
  node.append(
    ...options.map((option) =>
      el(
        "label",
        { class: "choice" },
        el("input", {
          type: isRadio ? "radio" : "checkbox",
          name,
          checked: initial.includes(option.value),
          onchange: dispatch,
        }),
        el("span", {}, withEmoji(option.text?.text ?? "")),
        option.description && el("span", { class: "menu-description" }, option.description.text),
      ),
    ),
  );
  return bindInput(node, element, blockId, {
    read() {
      const values = chosen().map(({ value }) => value);
      return isRadio ? (values[0] ?? null) : values;
    },
    write(value) {
      const wanted = [value ?? []].flat();
      inputs().forEach((input, index) => {
        input.checked = wanted.includes(options[index].value);
      });
    },
  });
}
