// The cells of tables: texts, numbers and rich text.
import { renderRichText } from "./rich_text.js";

/** Return the plain text of a cell. */
export const plainText = (cell) =>
  cell?.elements ? cell.elements.map(plainText).join("") : String(cell?.text ?? "");

/** Return the node or text of a cell's content. */
export const renderCell = (cell, context) =>
  cell?.type === "rich_text"
    ? renderRichText(cell, context)
    : String(cell?.text ?? cell?.value ?? "");

/** Return the classes of a cell; numbers are right-aligned by default. */
export const cellClass = (
  cell,
  align = cell?.type === "raw_number" ? "right" : "left",
  isWrapped = false,
) =>
  `align-${["left", "center", "right"].includes(align) ? align : "left"}${isWrapped ? " is-wrapped" : ""}`;
