// Pointing at a button that is to be pressed next.

const PATIENCE_MS = 8000;

/**
 * Scroll to an interactive element and focus it, where people see it; `which` is that of `Array.at`. Waits a while
 * for it, as what was done a moment ago may bring it. Resolves to whether it came.
 */
export async function pointAt(root, actionId, which) {
  const selector = `[data-action-id="${CSS.escape(actionId)}"]`;
  const node = await appearing(root, () => [...root.querySelectorAll(selector)].at(which));
  if (!node) return false;
  node.scrollIntoView({ block: "center" });
  node.focus({ preventScroll: true });
  node.classList.add("is-pointed-at");
  node.addEventListener("blur", () => node.classList.remove("is-pointed-at"), { once: true });
  return true;
}

function appearing(root, find) {
  return new Promise((resolve) => {
    const settle = (node) => {
      observer.disconnect();
      clearTimeout(timeout);
      resolve(node);
    };
    const observer = new MutationObserver(() => find() && settle(find()));
    const timeout = setTimeout(() => settle(null), PATIENCE_MS);
    observer.observe(root, { childList: true, subtree: true });
    if (find()) settle(find());
  });
}
