// `table` blocks. https://docs.slack.dev/reference/block-kit/blocks/table-block
import { el } from "./dom.js";
import { cellClass, renderCell } from "./table_cells.js";

/** Return the node of a `table`: its first row is the header. */
export function renderTable(block, context) {
  const settings = block.column_settings ?? [];
  const cell = (tag, value, column) => {
    const { align, is_wrapped: isWrapped } = settings[column] ?? {};
    return el(
      tag,
      { class: cellClass(value, align, isWrapped), ...(tag === "th" && { scope: "col" }) },
      renderCell(value, context),
    );
  };
  const [header = [], ...rows] = block.rows ?? [];
  return el(
    "div",
    { class: "table-frame", tabindex: "0", role: "group", "aria-label": "Table" },
    el(
      "table",
      {},
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          header.map((value, column) => cell("th", value, column)),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map((row) =>
          el(
            "tr",
            {},
            row.map((value, column) => cell("td", value, column)),
          ),
        ),
      ),
    ),
  );
}
