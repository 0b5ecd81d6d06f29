// Short notices that leave by themselves.
import { el } from "./dom.js";

const SHOWN_MS = 7000;

/** Say that something failed, for a few seconds. */
export function showToast(text) {
  const toast = el("div", { class: "toast", "data-testid": "toast" }, text);
  document.getElementById("toasts").append(toast);
  setTimeout(() => toast.remove(), SHOWN_MS);
}
