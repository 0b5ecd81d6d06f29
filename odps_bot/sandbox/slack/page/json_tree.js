// Readable JSON: collapsed below the first levels, with long texts wrapped.
import { el } from "./dom.js";

const OPEN_LEVELS = 2;
const MOST_CHARACTERS = 90;

/** Return the node of a JSON value; `name` is its key in the parent. */
export function jsonTree(value, { name = null, level = 0 } = {}) {
  const key = name === null ? null : el("span", { class: "json-key" }, `${name}: `);
  if (value === null || typeof value !== "object")
    return el("div", { class: "json-leaf" }, key, leaf(value));
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0)
    return el("div", { class: "json-leaf" }, key, el("span", {}, open + close));
  const brief = JSON.stringify(value);
  const isShort = brief.length < MOST_CHARACTERS && level > 0;
  if (isShort) return el("div", { class: "json-leaf" }, key, el("span", {}, brief));
  const count = `${open} ${entries.length} ${close}`;
  return el(
    "details",
    { class: "json", open: level < OPEN_LEVELS },
    el("summary", {}, key, el("span", { class: "json-count" }, count)),
    el(
      "div",
      { class: "json-inside" },
      entries.map(([inner, one]) => jsonTree(one, { name: inner, level: level + 1 })),
    ),
  );
}

const leaf = (value) =>
  el("span", { class: `json-${typeof value}` }, typeof value === "string" ? value : String(value));
