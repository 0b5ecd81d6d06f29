// What elements of blocks share: telling the app of their use, their names, and what is entered in them.
import { confirmClick } from "./dialog.js";

/**
 * Ask for confirmation where the element wants it, then tell the app, showing the node as busy meanwhile.
 * Resolves to whether the app was told.
 */
export async function tellApp(node, element, blockId, context, choice) {
  if (node.ariaBusy === "true") return false;
  if (element.confirm && !(await confirmClick(element.confirm, context))) return false;
  node.ariaBusy = "true";
  await context.act({ block_id: blockId, action_id: element.action_id, ...choice });
  node.ariaBusy = null;
  return true;
}

/** Return the attributes that name a control: its input block's label, or else `fallback`. */
export const naming = (context, fallback) =>
  context.field
    ? { "aria-labelledby": context.field.labelId, "aria-describedby": context.field.noteId }
    : { "aria-label": fallback };

/**
 * Make a node one in which something is entered. `read()` returns it as the server takes it, null when empty;
 * `write(value)` enters it again, after the node was drawn anew.
 */
export function holdEntry(node, element, blockId, { read, write }) {
  node.dataset.blockId = blockId ?? "";
  node.dataset.actionId = element.action_id ?? "";
  node.entry = { read, write };
  return node;
}

const entryNodes = (root) =>
  [...root.querySelectorAll("[data-action-id]")].filter((node) => node.entry);

/** Return what is entered inside a node: `{block_id: {action_id: value}}`. */
export function readEntries(root) {
  const values = {};
  for (const { dataset, entry } of entryNodes(root)) {
    values[dataset.blockId] ??= {};
    values[dataset.blockId][dataset.actionId] = entry.read();
  }
  return values;
}

/** Enter these values again where the same block and action still are. */
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
