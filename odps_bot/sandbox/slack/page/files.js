// Files of a message: name, preview and download.
import { parseCsv, separatorOf } from "./csv.js";
import { el, safeUrl } from "./dom.js";
import { icon } from "./icons.js";

const PICTURES = new Set(["image/gif", "image/jpeg", "image/png", "image/webp"]);
const GONE = {
  tombstone: "This file was deleted.",
  hidden_by_limit: "This file is hidden by the limit of the plan.",
};
const PREVIEW_ROWS = 5;
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
    file.preview &&
      (separatorOf(file) ? renderTablePreview(file, name, context) : renderPreview(file, name)),
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

/** Return how a text begins, and how much more there is. */
function renderPreview(file, name) {
  const lines = file.preview.split("\n");
  const shown = lines.slice(0, PREVIEW_LINES);
  const more = (file.lines ?? lines.length) - shown.length;
  const isCut = more <= 0 && file.preview_is_truncated;
  return el(
    "div",
    { class: "file-preview" },
    el("pre", beginning(name), shown.join("\n"), isCut && "…"),
    more > 0 && el("div", { class: "file-more" }, `${counted(more, "more line")}`),
  );
}

/** Return how a table begins; what was read of the whole file replaces what Slack's preview shows of it. */
function renderTablePreview(file, name, context) {
  const separator = separatorOf(file);
  const node = el("div", { class: "file-preview" });
  const draw = (records, rest) => node.replaceChildren(...tableParts(records, rest, name));
  const begun = parseCsv(file.preview, separator);
  if (!file.preview_is_truncated) {
    draw(begun);
    return node;
  }
  const complete = begun.length > 1 ? begun.slice(0, -1) : begun; // the last one may be cut
  draw(complete, "reading the rest …");
  readWhole(file, context.user).then(
    (text) => draw(parseCsv(text, separator)),
    () => draw(complete, "and more"),
  );
  return node;
}

/** `rest` says what follows these records where that is not known. */
function tableParts(records, rest, name) {
  const [header = [], ...rows] = records;
  const shown = rows.slice(0, PREVIEW_ROWS);
  const isNumeric = (column) =>
    shown.length > 0 && shown.every((row) => NUMBER.test(row[column] ?? ""));
  const cells = (tag, row) =>
    row.slice(0, PREVIEW_COLUMNS).map((value, column) => cell(tag, value, isNumeric(column)));
  const part = (count, total, noun) =>
    count < total && `first ${count} of ${counted(total, noun)}`;
  const notes = [
    rest ?? part(shown.length, rows.length, "row"),
    part(Math.min(header.length, PREVIEW_COLUMNS), header.length, "column"),
  ].filter(Boolean);
  const table = el(
    "table",
    {},
    el("thead", {}, el("tr", {}, cells("th", header))),
    el(
      "tbody",
      {},
      shown.map((row) => el("tr", {}, cells("td", row))),
    ),
  );
  return [
    el("div", { class: "table-frame", ...beginning(name) }, table),
    notes.length > 0 && el("div", { class: "file-more" }, sentence(notes)),
  ].filter(Boolean);
}

const beginning = (name) => ({
  tabindex: "0",
  role: "group",
  "aria-label": `How ${name} begins`,
});

const counted = (count, noun) =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

const sentence = (notes) => notes.join(", ").replace(/^./, (letter) => letter.toUpperCase());

const wholes = new Map(); // by file: each is read once, however often its message is drawn

function readWhole(file, user) {
  const address = addressFor(user, file.url_private_download);
  if (!address) return Promise.reject(new Error("not a file of the sandbox"));
  if (!wholes.has(file.id))
    wholes.set(
      file.id,
      fetch(address).then((response) => {
        if (!response.ok) throw new Error(response.statusText);
        return response.text();
      }),
    );
  return wholes.get(file.id);
}

const cell = (tag, value, isNumeric) =>
  el(
    tag,
    { class: isNumeric ? "align-right" : null, ...(tag === "th" && { scope: "col" }) },
    value,
  );

function fileSize(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}
