// `data_table` blocks with paging, filter, sorting and copying as CSV.
// https://docs.slack.dev/reference/block-kit/blocks/data-table-block
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { cellClass, plainText, renderCell } from "./table_cells.js";
import { showToast } from "./toast.js";

const DEFAULT_PAGE_SIZE = 5;

/** Return the node of a `data_table`; clicking a column sorts by it. Updates keep its state. */
export function renderDataTable(block, context, previous) {
  const node = el("figure", { class: "data-table" });
  const view = previous?.view ?? {
    page: 0,
    column: null,
    isDescending: false,
    filter: "",
  };
  node.view = view;
  const body = el("div");
  const draw = () => body.replaceChildren(...dataTableParts(block, context, view, draw));
  draw();
  node.append(tableHead(block, view, draw), body);
  return node;
}

function tableHead(block, view, draw) {
  const rows = block.rows ?? [];
  const isLong = rows.length - 1 > (block.page_size ?? DEFAULT_PAGE_SIZE);
  const filter = el("input", {
    type: "search",
    class: "text-input table-filter",
    placeholder: "Filter",
    "aria-label": `Filter ${block.caption || "the table"}`,
    value: view.filter,
    oninput: ({ target }) => {
      Object.assign(view, { filter: target.value, page: 0 });
      draw();
    },
  });
  const copy = el(
    "button",
    {
      type: "button",
      class: "quiet-button",
      "aria-label": "Copy as CSV",
      title: "Copy as CSV",
      onclick: () => copyCsv([rows[0] ?? [], ...wantedRows(rows.slice(1), view)]),
    },
    icon("copy"),
  );
  return el("figcaption", {}, el("span", {}, block.caption ?? ""), isLong && filter, copy);
}

async function copyCsv(rows) {
  const field = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = rows.map((row) => row.map((cell) => field(plainText(cell))).join(","));
  try {
    await navigator.clipboard.writeText(lines.join("\r\n"));
    showToast(`Copied ${rows.length - 1} rows.`);
  } catch {
    showToast("The browser doesn’t allow copying here.");
  }
}

/** Return the rows that match the filter in the chosen order. */
function wantedRows(rows, view) {
  const wanted = view.filter.trim().toLowerCase();
  const isWanted = (row) => row.some((cell) => plainText(cell).toLowerCase().includes(wanted));
  return sorted(wanted ? rows.filter(isWanted) : rows, view);
}

function dataTableParts(block, context, view, draw) {
  const [header = [], ...rows] = block.rows ?? [];
  const size = block.page_size ?? DEFAULT_PAGE_SIZE;
  const wanted = wantedRows(rows, view);
  view.page = Math.max(0, Math.min(view.page, Math.ceil(wanted.length / size) - 1));
  const first = view.page * size;
  const shown = wanted.slice(first, first + size);
  return [
    el(
      "div",
      {
        class: "table-frame",
        tabindex: "0",
        role: "group",
        "aria-label": block.caption || "Table",
      },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            header.map((value, column) => headerCell(value, column, rows, view, draw, context)),
          ),
        ),
        el(
          "tbody",
          {},
          shown.map((row) => bodyRow(row, block.row_header_column_index, context)),
        ),
      ),
    ),
    wanted.length === 0 && el("p", { class: "pane-place" }, "No rows match."),
    wanted.length > size && pager(first, shown.length, wanted.length, view, draw),
  ].filter(Boolean);
}

function headerCell(value, column, rows, view, draw, context) {
  const isSorted = view.column === column;
  const direction = view.isDescending ? "descending" : "ascending";
  const sort = (event) => {
    const { isDescending } = view;
    if (!isSorted) Object.assign(view, { column, isDescending: false });
    else
      Object.assign(
        view,
        isDescending ? { column: null, isDescending: false } : { isDescending: true },
      );
    const figure = event.currentTarget.closest("figure");
    draw();
    figure.querySelectorAll("th button")[column]?.focus();
  };
  return el(
    "th",
    {
      scope: "col",
      "aria-sort": isSorted ? direction : null,
      class: rows[0]?.[column]?.type === "raw_number" ? "align-right" : null,
    },
    el(
      "button",
      { class: `sort ${isSorted ? direction : ""}`, type: "button", onclick: sort },
      renderCell(value, context),
      icon(isSorted ? "chevron" : "sort"),
    ),
  );
}

const bodyRow = (row, headerColumn, context) =>
  el(
    "tr",
    {},
    row.map((value, column) =>
      column === headerColumn
        ? el("th", { scope: "row", class: cellClass(value) }, renderCell(value, context))
        : el("td", { class: cellClass(value) }, renderCell(value, context)),
    ),
  );

function pager(first, count, total, view, draw) {
  const go = (step) => (event) => {
    const figure = event.currentTarget.closest("figure");
    const { name } = event.currentTarget;
    view.page += step;
    draw();
    (
      figure.querySelector(`.pager button[name=${name}]:not(:disabled)`) ??
      figure.querySelector(".pager button:not(:disabled)")
    )?.focus();
  };
  const button = (name, label, step, isOff) =>
    el(
      "button",
      {
        type: "button",
        name,
        class: "quiet-button",
        "aria-label": label,
        disabled: isOff,
        onclick: go(step),
      },
      icon("chevron", name),
    );
  return el(
    "div",
    { class: "pager" },
    el("span", {}, `${first + 1}–${first + count} of ${total.toLocaleString("en-US")}`),
    button("previous", "Previous rows", -1, first === 0),
    button("next", "Next rows", 1, first + count >= total),
  );
}

function sorted(rows, { column, isDescending }) {
  if (column === null) return rows;
  const order = [...rows].sort((one, other) => compareCells(one[column], other[column]));
  return isDescending ? order.reverse() : order;
}

function compareCells(one, other) {
  if (one?.type === "raw_number" && other?.type === "raw_number") return one.value - other.value;
  return plainText(one).localeCompare(plainText(other), "en", { numeric: true });
}
