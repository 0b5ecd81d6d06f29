// Shared by elements of blocks: reporting actions to the app, labels and values.
import { confirmClick } from "./dialog.js";

/**
 * Ask for confirmation if the element requires it, then report the action to the app; the node is busy until then.
 * Resolves to whether it was reported.
 */
export async function dispatchAction(node, element, blockId, context, choice) {
  if (node.ariaBusy === "true") return false;
  if (element.confirm && !(await confirmClick(element.confirm, context))) return false;
  node.ariaBusy = "true";
  await context.act({ block_id: blockId, action_id: element.action_id, ...choice });
  node.ariaBusy = null;
  return true;
}

/** Return the attributes with the accessible name of a control: its input block's label or `fallback`. */
export const labelling = (context, fallback) =>
  context.field
    ? { "aria-labelledby": context.field.labelId, "aria-describedby": context.field.noteId }
    : { "aria-label": fallback };

/**
 * Make a node an input. `read()` returns its value for the server, null when empty; `write(value)` restores it
 * after the node was drawn again.
 */
export function bindInput(node, element, blockId, { read, write }) {
  node.dataset.blockId = blockId ?? "";
  node.dataset.actionId = element.action_id ?? "";
  node.entry = { read, write };
  return node;
}

const entryNodes = (root) =>
  [...root.querySelectorAll("[data-action-id]")].filter((node) => node.entry);

/** Return the values inside a node: `{block_id: {action_id: value}}`. */
export function readEntries(root) {
  const values = {};
  for (const { dataset, entry } of entryNodes(root)) {
    values[dataset.blockId] ??= {};
    values[dataset.blockId][dataset.actionId] = entry.read();
  }
  return values;
}

/** Restore these values where block and action still exist. */
export function writeEntries(root, values) {
  for (const { dataset, entry } of entryNodes(root)) {
    const value = values[dataset.blockId]?.[dataset.actionId];
    if (value !== undefined) entry.write(value);
  }
}

/** Return the values of a view's `state` in the form of `readEntries`. */
export function valuesOfState(state) {
  const plain = ({ type, ...entered }) => {
    const [value] = Object.values(entered);
    if (Array.isArray(value)) return value.map((one) => one?.value ?? one?.id ?? one);
    return type === "rich_text_input" ? null : (value?.value ?? value ?? null);
  };
  const actions = (block) =>
    Object.fromEntries(Object.entries(block).map(([id, entered]) => [id, plain(entered)]));
  const blocks = Object.entries(state?.values ?? {});
  return Object.fromEntries(blocks.map(([id, block]) => [id, actions(block)]));
}
