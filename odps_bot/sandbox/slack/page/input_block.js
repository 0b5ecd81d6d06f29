// `input` blocks: a label, a field, a hint and an error.
// https://docs.slack.dev/reference/block-kit/blocks/input-block
import { el, uniqueId } from "./dom.js";
import { renderElement } from "./elements.js";
import { withEmoji } from "./emoji.js";

/** Return the node of an input block; its `showError(text)` shows or removes an error under the field. */
export function renderInput(block, context) {
  const labelId = uniqueId("label");
  const noteId = uniqueId("note");
  const isDispatched = Boolean(block.dispatch_action);
  const field = { labelId, noteId, isOptional: Boolean(block.optional), isDispatched };
  const inField = Object.create(context, {
    field: { value: field },
    ...(!isDispatched && { act: { value: async () => {} } }),
  });
  const error = el("span", { class: "input-error" });
  const label = el(
    "span",
    { class: "input-label", id: labelId },
    withEmoji(block.label?.text ?? ""),
    block.optional && el("span", { class: "input-optional" }, " (optional)"),
  );
  const node = el(
    "div",
    { class: "input", "data-block-id": block.block_id },
    label,
    renderElement(block.element ?? {}, block.block_id, inField),
    el(
      "span",
      { id: noteId, class: "input-notes" },
      error,
      block.hint && el("span", { class: "input-hint" }, withEmoji(block.hint.text)),
    ),
  );
  const control = () => node.querySelector("input, textarea, select, button");
  label.addEventListener("click", () => control()?.focus());
  node.showError = (text) => {
    error.textContent = text ?? "";
    node.classList.toggle("is-wrong", Boolean(text));
    if (text) control()?.setAttribute("aria-invalid", "true");
    else control()?.removeAttribute("aria-invalid");
  };
  node.addEventListener("input", () => node.showError(null));
  return node;
}
