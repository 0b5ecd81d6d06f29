// A dialog with a few fields: edit or forward a message, write a snippet.
import { el, uniqueId } from "./dom.js";
import { rememberFocus } from "./focus.js";

/**
 * Show a form and keep it open until `submit(values)` resolves to null; what else it resolves to is shown as an
 * error. A field is `{name, label, value?, options?, isLong?, isOptional?}`; `options` are `[{value, label}]`.
 */
export function showForm({ title, action, fields, submit }) {
  const titleId = uniqueId("form-title");
  const inputs = new Map(fields.map((field) => [field.name, makeInput(field)]));
  const error = el("p", { class: "form-error", role: "alert" });
  const send = el(
    "button",
    { class: "button button-primary", "data-testid": "form-submit" },
    action,
  );
  const cancel = { type: "button", class: "button", onclick: () => dialog.close() };
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    const values = [...inputs].map(([name, input]) => [name, input.value]);
    const failure = await submit(Object.fromEntries(values));
    send.disabled = false;
    if (failure === null) dialog.close();
    else error.textContent = failure;
  };
  const dialog = el(
    "dialog",
    { class: "dialog form-dialog", "data-testid": "form-dialog", "aria-labelledby": titleId },
    el(
      "form",
      { onsubmit },
      el("h2", { id: titleId }, title),
      fields.map((field) =>
        el("label", { class: "form-field" }, el("span", {}, field.label), inputs.get(field.name)),
      ),
      error,
      el("div", { class: "dialog-buttons" }, el("button", cancel, "Cancel"), send),
    ),
  );
  const restoreFocus = rememberFocus();
  dialog.addEventListener("close", () => (dialog.remove(), restoreFocus()));
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  inputs.values().next().value.focus();
}

function makeInput({ name, value = "", options, isLong, isOptional }) {
  const attributes = { class: "form-input", "data-testid": `form-${name}`, required: !isOptional };
  if (options)
    return el(
      "select",
      attributes,
      options.map((option) => el("option", { value: option.value }, option.label)),
    );
  const input = el(isLong ? "textarea" : "input", { ...attributes, rows: isLong ? (isOptional ? "3" : "7") : null });
  input.value = value;
  return input;
}
