// Short messages that disappear by themselves.
import { el } from "./dom.js";

const SHOWN_MS = 7000;

/** Show a message for a few seconds. */
export function showToast(text) {
  const toast = el("div", { class: "toast", "data-testid": "toast" }, text);
  const frame = document.getElementById("toasts");
  frame.append(toast);
  frame.hidePopover(); // above a dialog that was opened since the last one
  frame.showPopover();
  setTimeout(() => toast.remove(), SHOWN_MS);
}
