// Input fields: text, numbers, dates and times.
import { el } from "./dom.js";
import { bindInput, dispatchAction, labelling } from "./interaction.js";
import { instantAt, localTime } from "./time.js";

const KINDS = {
  number_input: { inputmode: "decimal" },
  email_text_input: { type: "email", autocomplete: "off" },
  url_text_input: { type: "url" },
};
const ON_ENTER = "on_enter_pressed";
const ON_CHARACTER = "on_character_entered";

/** Return the node of a text input; one with a limit shows the remaining characters. */
export function renderTextInput(element, blockId, context) {
  const isMultiline = element.multiline || element.type === "rich_text_input";
  const node = el(isMultiline ? "textarea" : "input", {
    class: "text-input",
    placeholder: element.placeholder?.text,
    rows: isMultiline ? (element.min_lines ?? 6) : null,
    spellcheck: "false",
    ...(KINDS[element.type] ?? {}),
    ...labelling(context, element.placeholder?.text ?? "Text"),
    autofocus: element.focus_on_load,
  });
  node.value = plainText(element.initial_value);
  dispatchWhenAsked(node, element, blockId, context);
  bindInput(node, element, blockId, {
    read: () => (node.value === "" ? null : node.value),
    write(value) {
      node.value = plainText(value);
      count();
    },
  });
  const counter = element.max_length ? el("span", { class: "counter" }) : null;
  const count = () => {
    if (!counter) return;
    const used = [...node.value].length;
    counter.textContent = `${used.toLocaleString("en-US")} / ${element.max_length.toLocaleString("en-US")}`;
    counter.classList.toggle("is-over", used > element.max_length);
  };
  if (!counter) return node;
  node.addEventListener("input", count);
  count();
  return el("div", { class: "counted" }, node, counter);
}

/** https://docs.slack.dev/reference/block-kit/composition-objects/dispatch-action-configuration-object */
function dispatchWhenAsked(node, element, blockId, context) {
  if (!context.field?.isDispatched) return;
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? [ON_ENTER];
  const dispatch = () => dispatchAction(node, element, blockId, context, { value: node.value });
  if (triggers.includes(ON_CHARACTER)) node.addEventListener("input", dispatch);
  if (triggers.includes(ON_ENTER))
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      dispatch();
    });
}

function plainText(value) {
  if (value === null || value === undefined || typeof value === "string") return value ?? "";
  const parts = (value.elements ?? []).map(
    (part) => part.text ?? (part.elements ? plainText(part) : ""),
  );
  return parts.join(value.type === "rich_text" ? "\n" : "");
}

/** Return the node of a date or time picker. */
export function renderPicker(element, blockId, context) {
  const isDate = element.type === "datepicker";
  const label = element.placeholder?.text ?? (isDate ? "Pick a date" : "Pick a time");
  const node = el("input", {
    type: isDate ? "date" : "time",
    class: "select",
    value: element.initial_date ?? element.initial_time,
    ...labelling(context, label),
  });
  node.addEventListener("change", () =>
    dispatchAction(node, element, blockId, context, { value: node.value || null }),
  );
  return bindInput(node, element, blockId, {
    read: () => node.value || null,
    write: (value) => (node.value = value ?? ""),
  });
}

/** Return the node of a date-and-time picker in the acting person's time zone. */
export function renderDateTimePicker(element, blockId, context) {
  const node = el("input", {
    type: "datetime-local",
    class: "select",
    ...labelling(context, "Pick a date and time"),
  });
  const read = () => (node.value ? instantAt(node.value, context.zone).getTime() / 1000 : null);
  const write = (seconds) =>
    (node.value = seconds ? localTime(new Date(seconds * 1000), context.zone) : "");
  write(element.initial_date_time);
  node.addEventListener("change", () =>
    dispatchAction(node, element, blockId, context, { value: read() }),
  );
  return bindInput(node, element, blockId, { read, write });
}
