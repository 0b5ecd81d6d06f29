// Interactive elements of blocks. https://docs.slack.dev/reference/block-kit/block-elements
import { confirmClick } from "./dialog.js";
import { el, safeUrl, uniqueId } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";

const RENDERERS = {
  button: renderButton,
  overflow: renderOverflow,
  static_select: renderSelect,
  radio_buttons: (element, blockId, context) => renderChoices(element, blockId, context, "radio"),
  users_select: (element, blockId, context) =>
    renderIdSelect(element, blockId, context, context.people(), element.initial_user),
  channels_select: (element, blockId, context) =>
    renderIdSelect(element, blockId, context, context.channels(), element.initial_channel),
  conversations_select: (element, blockId, context) =>
    renderIdSelect(element, blockId, context, context.channels(), element.initial_conversation),
  datepicker: (element, blockId, context) =>
    renderPicker(element, blockId, context, "date", element.initial_date),
  timepicker: (element, blockId, context) =>
    renderPicker(element, blockId, context, "time", element.initial_time),
  checkboxes: (element, blockId, context) => renderChoices(element, blockId, context, "checkbox"),
  plain_text_input: renderTextInput,
  number_input: renderTextInput,
  email_text_input: renderTextInput,
  url_text_input: renderTextInput,
  image: renderImage,
};

/** Return the node of an element of an actions, section, context or input block. */
export function renderElement(element, blockId, context) {
  const renderer = Object.hasOwn(RENDERERS, element.type) ? RENDERERS[element.type] : null;
  return renderer ? renderer(element, blockId, context) : unsupported("element", element.type);
}

export const unsupported = (what, type) =>
  el("div", { class: "unsupported" }, `unsupported ${what}: ${type}`);

/** Return an image of the sandbox itself; others are named and linked, as the page loads nothing from outside. */
export function renderImage({ image_url: address, alt_text: alternative = "" }) {
  const href = safeUrl(address);
  if (href?.startsWith(`${location.origin}/`))
    return el("img", { src: href, alt: alternative, loading: "lazy" });
  const name = alternative || "image";
  return href === null
    ? el("span", { class: "image-elsewhere" }, name)
    : el(
        "a",
        { class: "image-elsewhere", href, target: "_blank", rel: "noopener noreferrer" },
        `🖼 ${name}`,
      );
}

/** Ask for confirmation where the element wants it, then tell the app, showing the node as busy meanwhile. */
async function act(node, element, blockId, context, choice) {
  if (node.ariaBusy === "true") return false;
  if (element.confirm && !(await confirmClick(element.confirm, context))) return false;
  node.ariaBusy = "true";
  await context.act({ block_id: blockId, action_id: element.action_id, ...choice });
  node.ariaBusy = null;
  return true;
}

function renderButton(element, blockId, context) {
  const style = ["primary", "danger"].includes(element.style) ? ` button-${element.style}` : "";
  const href = element.url ? safeUrl(element.url) : null;
  const attributes = {
    class: `button${style}`,
    "data-action-id": element.action_id,
    "aria-label": element.accessibility_label,
  };
  const label = el("span", {}, withEmoji(element.text?.text ?? ""));
  const choice = element.value === undefined ? {} : { value: element.value };
  const node = href
    ? el("a", { ...attributes, href, target: "_blank", rel: "noopener noreferrer" }, label)
    : el("button", { ...attributes, type: "button" }, label);
  node.addEventListener("click", () => act(node, element, blockId, context, choice));
  return node;
}

function renderOverflow(element, blockId, context) {
  const entries = () =>
    (element.options ?? []).map((option) => ({
      label: withEmoji(option.text?.text ?? ""),
      description: option.description?.text,
      choose() {
        if (option.url && safeUrl(option.url))
          window.open(safeUrl(option.url), "_blank", "noopener");
        return act(frame.firstElementChild, element, blockId, context, { selected_option: option });
      },
    }));
  const frame = menuButton(icon("more"), entries, {
    class: "button button-icon",
    "aria-label": "More actions",
    "data-action-id": element.action_id,
  });
  return frame;
}

function renderPicker(element, blockId, context, type, initial) {
  const label = element.placeholder?.text ?? (type === "date" ? "Pick a date" : "Pick a time");
  const node = el("input", {
    type,
    class: "select",
    value: initial,
    "aria-label": label,
    "data-action-id": element.action_id,
  });
  node.addEventListener("change", () =>
    act(node, element, blockId, context, { value: node.value }),
  );
  return node;
}

const renderIdSelect = (element, blockId, context, options, initial) =>
  renderSelect(
    { ...element, options, initial_option: initial && { value: initial } },
    blockId,
    context,
    "value",
  );

/** `tellAs` is the key of a chosen option: an option object, or as "value" only what it stands for. */
function renderSelect(element, blockId, context, tellAs = "selected_option") {
  const options = [];
  const optionNode = (option) => {
    options.push(option);
    const isInitial = element.initial_option?.value === option.value;
    return el(
      "option",
      { value: options.length - 1, selected: isInitial },
      withEmoji(option.text?.text ?? option.value),
    );
  };
  const groups = (element.option_groups ?? []).map((group) =>
    el("optgroup", { label: group.label?.text ?? "" }, group.options.map(optionNode)),
  );
  const placeholder = element.placeholder?.text ?? "Select an option";
  const node = el(
    "select",
    { class: "select", "data-action-id": element.action_id, "aria-label": placeholder },
    element.initial_option
      ? null
      : el("option", { value: "", disabled: true, selected: true }, placeholder),
    groups.length > 0 ? groups : (element.options ?? []).map(optionNode),
  );
  const chosen = () => options[Number(node.value)];
  let before = node.value;
  node.addEventListener("change", async () => {
    const isDone = await act(node, element, blockId, context, {
      [tellAs]: tellAs === "value" ? chosen().value : chosen(),
    });
    if (isDone) before = node.value;
    else node.value = before;
  });
  return node;
}

function renderChoices(element, blockId, context, type) {
  const name = uniqueId("choices");
  const options = element.options ?? [];
  const initial = new Set(
    [element.initial_option, ...(element.initial_options ?? [])].map((option) => option?.value),
  );
  const node = el("div", {
    class: "choices",
    role: type === "radio" ? "radiogroup" : "group",
    "data-action-id": element.action_id,
  });
  const chosen = () => options.filter((_, index) => node.querySelectorAll("input")[index].checked);
  const tell = () =>
    act(
      node,
      element,
      blockId,
      context,
      type === "radio" ? { selected_option: chosen()[0] } : { value: chosen() },
    );
  node.append(
    ...options.map((option) =>
      el(
        "label",
        { class: "choice" },
        el("input", { type, name, checked: initial.has(option.value), onchange: tell }),
        el("span", {}, withEmoji(option.text?.text ?? "")),
        option.description && el("span", { class: "menu-description" }, option.description.text),
      ),
    ),
  );
  return node;
}

function renderTextInput(element) {
  const attributes = {
    class: "text-input",
    placeholder: element.placeholder?.text,
    "data-action-id": element.action_id,
  };
  const node = el(element.multiline ? "textarea" : "input", {
    ...attributes,
    rows: element.multiline ? 4 : null,
  });
  node.value = element.initial_value ?? "";
  return node;
}
