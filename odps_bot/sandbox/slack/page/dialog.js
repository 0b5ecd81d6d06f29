// The confirmation dialog of a click.
import { el, uniqueId } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { rememberFocus } from "./focus.js";
import { renderMrkdwn } from "./mrkdwn.js";

/**
 * Show a confirm object of Block Kit and resolve to whether it was confirmed. Escape denies, and so does Enter
 * without a look: the safe button has the focus.
 * https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
 */
export function confirmClick(confirm, context) {
  const dialog = makeDialog(confirm, context);
  const restoreFocus = rememberFocus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      restoreFocus();
      resolve(dialog.returnValue === "confirm");
    });
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close("deny"));
    document.body.append(dialog);
    dialog.showModal();
  });
}

function makeDialog(confirm, context) {
  const titleId = uniqueId("dialog-title");
  const textId = uniqueId("dialog-text");
  const { type, text = "" } = confirm.text ?? {};
  const style = confirm.style === "danger" ? "danger" : "primary";
  return el(
    "dialog",
    {
      class: "dialog",
      "data-testid": "dialog",
      "aria-labelledby": titleId,
      "aria-describedby": textId,
    },
    el(
      "form",
      { method: "dialog" },
      el("h2", { id: titleId }, withEmoji(confirm.title?.text ?? "Are you sure?")),
      el(
        "div",
        { id: textId, class: "dialog-text" },
        type === "mrkdwn" ? renderMrkdwn(text, context) : text,
      ),
      el(
        "div",
        { class: "dialog-buttons" },
        dialogButton("deny", confirm.deny?.text ?? "Cancel", "button"),
        dialogButton("confirm", confirm.confirm?.text ?? "Yes", `button button-${style}`),
      ),
    ),
  );
}

const dialogButton = (value, text, className) =>
  el(
    "button",
    {
      value,
      class: className,
      "data-testid": `dialog-${value}`,
      autofocus: value === "deny",
    },
    text,
  );
