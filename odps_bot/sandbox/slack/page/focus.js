// Keeping the focus where a person was, although messages are drawn again meanwhile.

/** Return what finds an interactive element after it was drawn again, or null for any other node. */
export function elementOf(node) {
  const { blockId, actionId } = node?.closest?.("[data-action-id]")?.dataset ?? {};
  return actionId ? { blockId, actionId } : null;
}

/** Focus the element that `elementOf` named, if it is still in `root`; return whether it is. */
export function focusElement(root, element) {
  if (!element) return false;
  const { blockId = "", actionId } = element;
  const selector = `[data-block-id="${CSS.escape(blockId)}"][data-action-id="${CSS.escape(actionId)}"]`;
  const found = root.querySelector(selector);
  found?.focus({ preventScroll: true });
  return Boolean(found);
}

/**
 * Remember the focus before a dialog opens; return a function that brings it back when the dialog has closed: to
 * the same node, else to the element that took its place, else to the message or view that it was in.
 */
export function rememberFocus() {
  const node = document.activeElement;
  const frame = node?.closest?.("[data-ts], .view-blocks");
  const element = elementOf(node);
  return () => {
    if (node?.isConnected) node.focus({ preventScroll: true });
    else if (frame && !focusElement(frame, element))
      frame.closest("[tabindex]")?.focus({ preventScroll: true });
  };
}
