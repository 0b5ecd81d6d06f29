// Files of a message: name, preview and download.
import { el, safeUrl } from "./dom.js";
import { icon } from "./icons.js";

const PICTURES = new Set(["image/gif", "image/jpeg", "image/png", "image/webp"]);
const GONE = {
  tombstone: "This file was deleted.",
  hidden_by_limit: "This file is hidden by the limit of the plan.",
};
const PREVIEW_ROWS = 6;
const PREVIEW_COLUMNS = 8;
const PREVIEW_LINES = 8;
const NUMBER = /^(-?[\d,]+(\.\d+)?([eE][+-]?\d+)?|)$/;

/** Return the card of a file, which is downloaded as the acting person. */
export function renderFile(file, context) {
  if (GONE[file.mode]) return el("div", { class: "file is-gone" }, icon("file"), GONE[file.mode]);
  const name = file.title || file.name || "file";
  const about = [
    file.name !== name && file.name,
    file.pretty_type,
    Number.isFinite(file.size) && fileSize(file.size),
  ];
  return el(
    "div",
    { class: "file", "data-testid": "file" },
    el(
      "div",
      { class: "file-head" },
      icon("file"),
      el(
        "span",
        { class: "file-titles" },
        el("span", { class: "file-name" }, name),
        el("span", { class: "file-size" }, about.filter(Boolean).join(" · ")),
      ),
      downloadLink(file, name, context.user),
    ),
    PICTURES.has(file.mimetype) && renderPicture(file, name, context.user),
    file.preview && renderPreview(file, name),
  );
}

/** Return a URL of the sandbox with the acting person, or null for any other URL. */
export function addressFor(user, url) {
  if (!url || !safeUrl(url)?.startsWith(`${location.origin}/`)) return null;
  const address = new URL(url);
  address.searchParams.set("user", user);
  return address.href;
}

function renderPicture(file, name, user) {
  const src = addressFor(user, file.url_private);
  const attributes = { src, alt: file.alt_txt ?? name, loading: "lazy", class: "file-picture" };
  const size = { width: file.original_w, height: file.original_h };
  return src && el("img", { ...attributes, ...size });
}

function downloadLink(file, name, user) {
  const href = addressFor(user, file.url_private_download);
  if (!href) return null;
  return el(
    "a",
    {
      class: "quiet-button",
      href,
      download: file.name ?? "",
      "aria-label": `Download ${name}`,
      title: "Download",
    },
    icon("download"),
  );
}

function renderPreview(file, name) {
  const attributes = { tabindex: "0", role: "region", "aria-label": `How ${name} begins` };
  const more = file.lines_more > 0 || file.preview_is_truncated;
  const note =
    more &&
    el(
      "div",
      { class: "file-more" },
      file.lines_more > 0 ? `${file.lines_more.toLocaleString("en-US")} more lines` : "and more",
    );
  if (!/^(csv|tsv)$/.test(file.filetype ?? ""))
    return el(
      "div",
      { class: "file-preview" },
      el("pre", attributes, file.preview.split("\n").slice(0, PREVIEW_LINES).join("\n")),
      note,
    );
  const rows = parseCsv(file.preview, file.filetype === "tsv" ? "\t" : ",").slice(0, PREVIEW_ROWS);
  const isNumeric = (column) =>
    rows.length > 1 && rows.slice(1).every((row) => NUMBER.test(row[column] ?? ""));
  const cells = (tag, row) =>
    row.slice(0, PREVIEW_COLUMNS).map((value, column) => cell(tag, value, isNumeric(column)));
  return el(
    "div",
    { class: "file-preview" },
    el(
      "div",
      { class: "table-frame", ...attributes },
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, cells("th", rows[0] ?? []))),
        el(
          "tbody",
          {},
          rows.slice(1).map((row) => el("tr", {}, cells("td", row))),
        ),
      ),
    ),
    note,
  );
}

const cell = (tag, value, isNumeric) =>
  el(
    tag,
    { class: isNumeric ? "align-right" : null, ...(tag === "th" && { scope: "col" }) },
    value,
  );

/** Return the rows of a CSV text (RFC 4180); the last one can be truncated. */
export function parseCsv(text, separator = ",") {
  const rows = [];
  const field = new RegExp(
    `(?:"((?:[^"]|"")*)"?|([^${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`,
    "y",
  );
  let row = [];
  const body = text.replace(/^\uFEFF/, "");
  while (field.lastIndex < body.length) {
    const [whole, quoted, plain, end] = field.exec(body) ?? [""];
    if (whole === "") break;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === separator) continue;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

function fileSize(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}
