// Elements of blocks. https://docs.slack.dev/reference/block-kit/block-elements
import { renderChoices, renderSelect } from "./choices.js";
import { el, link, safeUrl } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { renderExternalSelect } from "./external_select.js";
import { renderDateTimePicker, renderPicker, renderTextInput } from "./fields.js";
import { renderFileInput } from "./file_input.js";
import { addressFor } from "./files.js";
import { icon } from "./icons.js";
import { dispatchAction } from "./interaction.js";
import { menuButton } from "./menu.js";
import { renderMultiSelect } from "./multi_select.js";

const RENDERERS = {
  button: renderButton,
  channels_select: renderSelect,
  checkboxes: renderChoices,
  conversations_select: renderSelect,
  datepicker: renderPicker,
  datetimepicker: renderDateTimePicker,
  email_text_input: renderTextInput,
  external_select: renderExternalSelect,
  feedback_buttons: renderFeedback,
  file_input: renderFileInput,
  icon_button: renderIconButton,
  image: (element, _blockId, context) => renderImage(element, context),
  multi_channels_select: renderMultiSelect,
  multi_conversations_select: renderMultiSelect,
  multi_external_select: renderExternalSelect,
  multi_static_select: renderMultiSelect,
  multi_users_select: renderMultiSelect,
  number_input: renderTextInput,
  overflow: renderOverflow,
  plain_text_input: renderTextInput,
  radio_buttons: renderChoices,
  rich_text_input: renderTextInput,
  static_select: renderSelect,
  timepicker: renderPicker,
  url_text_input: renderTextInput,
  users_select: renderSelect,
  workflow_button: renderButton,
};

/** Return the node of an element of an actions, section, context or input block. */
export function renderElement(element, blockId, context) {
  const renderer = Object.hasOwn(RENDERERS, element.type) ? RENDERERS[element.type] : null;
  return renderer ? renderer(element, blockId, context) : unsupported("element", element.type);
}

export const unsupported = (what, type) =>
  el("div", { class: "unsupported" }, `unsupported ${what}: ${type}`);

/** Return an image of the sandbox itself; others become links, as the page loads nothing external. */
export function renderImage({ image_url: url, slack_file: file, alt_text: name = "" }, context) {
  const address = url ?? file?.url;
  const own = addressFor(context.user, address);
  if (own) return el("img", { src: own, alt: name, loading: "lazy" });
  const label = `🖼 ${name || "image"}`;
  if (!address) return el("span", { class: "image-elsewhere" }, label);
  return link(address, label, { class: "image-elsewhere" });
}

const idsOf = (element, blockId) => ({
  "data-block-id": blockId ?? "",
  "data-action-id": element.action_id,
});

function renderButton(element, blockId, context) {
  const style = ["primary", "danger"].includes(element.style) ? ` button-${element.style}` : "";
  const href = element.url ? safeUrl(element.url) : null;
  const attributes = {
    class: `button${style}`,
    ...idsOf(element, blockId),
    "aria-label": element.accessibility_label,
  };
  const label = el("span", {}, withEmoji(element.text?.text ?? ""));
  const choice = element.value === undefined ? {} : { value: element.value };
  const node = href
    ? el("a", { ...attributes, href, target: "_blank", rel: "noopener noreferrer" }, label)
    : el("button", { ...attributes, type: "button" }, label);
  node.addEventListener("click", async () => {
    await dispatchAction(node, element, blockId, context, choice);
    if (isHomeLink(element.url)) context.openAppHome();
  });
  return node;
}

/** Return whether the address opens the app's home tab: https://docs.slack.dev/interactivity/deep-linking */
const isHomeLink = (address) => /^slack:\/\/app\?.*\btab=home\b/.test(address ?? "");

/** A small button of a `context_actions` block, possibly visible to some people only. */
function renderIconButton(element, blockId, context) {
  const isForYou = element.visible_to_user_ids?.includes(context.user) ?? true;
  if (!isForYou) return el("span", { hidden: true });
  const name = element.accessibility_label ?? element.text?.text ?? "Act";
  const attributes = { type: "button", class: "quiet-button", "aria-label": name, title: name };
  const node = el(
    "button",
    { ...attributes, ...idsOf(element, blockId) },
    icon(element.icon === "trash" ? "trash" : "more"),
  );
  const choice = element.value === undefined ? {} : { value: element.value };
  node.addEventListener("click", () => dispatchAction(node, element, blockId, context, choice));
  return node;
}

function renderFeedback(element, blockId, context) {
  const button = ({ text, value, accessibility_label: name }, face) => {
    const label = name ?? text.text;
    const node = el(
      "button",
      { type: "button", class: "quiet-button", "aria-label": label, title: text.text },
      icon(face),
    );
    node.addEventListener("click", async () => {
      await dispatchAction(node, element, blockId, context, { value });
      for (const other of frame.children) other.ariaPressed = String(other === node);
    });
    return node;
  };
  const frame = el(
    "span",
    { class: "feedback", role: "group", ...idsOf(element, blockId) },
    button(element.positive_button, "thumb"),
    button(element.negative_button, "thumb-down"),
  );
  return frame;
}

function renderOverflow(element, blockId, context) {
  const entries = () =>
    (element.options ?? []).map((option) => ({
      label: withEmoji(option.text?.text ?? ""),
      description: option.description?.text,
      choose() {
        if (option.url && safeUrl(option.url))
          window.open(safeUrl(option.url), "_blank", "noopener");
        const choice = { selected_option: option };
        return dispatchAction(frame.firstElementChild, element, blockId, context, choice);
      },
    }));
  const frame = menuButton(icon("more"), entries, {
    class: "button button-icon",
    "aria-label": "More actions",
    ...idsOf(element, blockId),
  });
  return frame;
}
