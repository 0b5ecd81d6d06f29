// The requests between the bot and the sandbox: a list with filters and expandable entries.
import { getTraffic } from "./api.js";
import { el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { jsonTree } from "./json_tree.js";
import { clockSeconds } from "./time.js";

const SHOWN = 200;
const QUIET_MS = 400;
const NEAR_END_PX = 40;
const COLUMNS = ["Time", "From → to", "What", "Call", "Outcome", "ms", "Summary"];
const KINDS = {
  web_api: "Web API",
  event: "Event",
  ack: "Ack",
  response_url: "response_url",
  upload: "Upload",
  download: "Download",
};

export class TrafficDrawer {
  #timer = 0;
  #entries = [];
  #rows = new Map();
  #open = new Set();
  #body = el("tbody");
  #count = el("span", { class: "pane-place", role: "status" });
  #kind = el("select", { class: "select", "aria-label": "Kind", onchange: () => this.#draw() });
  #search = el("input", {
    type: "search",
    class: "text-input",
    placeholder: "Filter",
    "aria-label": "Filter the traffic",
    oninput: () => this.#draw(),
  });
  #frame;

  /** `zone()` is the time zone for times. */
  constructor(node, { zone, onclose }) {
    Object.assign(this, { node, zone });
    this.#kind.append(
      el("option", { value: "" }, "Everything"),
      ...Object.entries(KINDS).map(([kind, name]) => el("option", { value: kind }, name)),
    );
    this.#frame = el(
      "div",
      { class: "traffic-frame", tabindex: "0", role: "region", "aria-label": "Requests" },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            COLUMNS.map((name) => el("th", { scope: "col" }, name)),
          ),
        ),
        this.#body,
      ),
    );
    node.append(this.#head(onclose), this.#frame);
  }

  get isOpen() {
    return !this.node.hidden;
  }

  show(isOpen) {
    this.node.hidden = !isOpen;
    if (isOpen) this.refresh();
  }

  /** Refresh once nothing has happened for a moment. */
  scheduleRefresh() {
    if (!this.isOpen) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), QUIET_MS);
  }

  async refresh() {
    const response = await getTraffic(SHOWN);
    if (!Array.isArray(response)) return;
    this.#entries = response.map((entry) => ({ entry, key: JSON.stringify(entry) }));
    const { scrollHeight, scrollTop, clientHeight } = this.#frame;
    const wasAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.#draw();
    if (wasAtEnd) this.#frame.scrollTop = this.#frame.scrollHeight;
  }

  #head(onclose) {
    const button = (label, face, testId, onclick) =>
      el(
        "button",
        {
          type: "button",
          class: "quiet-button",
          "aria-label": label,
          "data-testid": testId,
          onclick,
        },
        icon(face),
      );
    return el(
      "header",
      { class: "traffic-head" },
      el("h2", {}, "Traffic"),
      this.#count,
      this.#kind,
      this.#search,
      button("Refresh", "refresh", "refresh-traffic", () => this.refresh()),
      button("Close the traffic", "close", "close-traffic", onclose),
    );
  }

  #draw() {
    const shown = this.#entries.filter(({ entry, key }) => this.#isWanted(entry, key));
    this.#count.textContent =
      shown.length === this.#entries.length
        ? "between the bot and this sandbox, newest last"
        : `${shown.length} of ${this.#entries.length}`;
    const rows = new Map(shown.map(({ entry, key }) => [key, this.#row(entry, key)]));
    this.#rows = rows;
    reconcile(this.#body, [...rows.values()].flat());
  }

  #isWanted(entry, key) {
    const isKind = !this.#kind.value || entry.kind === this.#kind.value;
    return isKind && key.toLowerCase().includes(this.#search.value.trim().toLowerCase());
  }

  #row(entry, key) {
    const isOpen = this.#open.has(key);
    const known = this.#rows.get(key);
    if (known && known.length === (isOpen ? 2 : 1)) return known;
    const toggle = () => {
      if (!this.#open.delete(key)) this.#open.add(key);
      this.#draw();
      const rows = this.#rows.get(key);
      rows?.at(-1).scrollIntoView({ block: "nearest" });
      rows?.[0].scrollIntoView({ block: "nearest" });
      rows?.[0].querySelector("button")?.focus({ preventScroll: true });
    };
    const row = entryRow(entry, { zone: this.zone(), isOpen, toggle });
    return isOpen ? [row, detailRow(entry)] : [row];
  }
}

const outcomeOf = ({ error, ok, http_status: httpStatus }) =>
  error ?? (ok === false ? "failed" : (httpStatus ?? "ok"));

function entryRow(entry, { zone, isOpen, toggle }) {
  const at = typeof entry.at === "number" ? new Date(entry.at * 1000) : new Date(entry.at);
  const way = entry.direction === "in" ? "bot → sandbox" : "sandbox → bot";
  const call = entry.method || (KINDS[entry.kind] ?? entry.kind);
  const attributes = {
    type: "button",
    class: "traffic-toggle",
    "aria-expanded": String(isOpen),
    onclick: toggle,
  };
  return el(
    "tr",
    { class: entry.ok === false ? "is-failed" : null, "data-testid": "traffic-row" },
    el("td", { class: "traffic-time" }, clockSeconds(at, zone)),
    el("td", { class: "traffic-way" }, way),
    el("td", { class: "traffic-what" }, KINDS[entry.kind] ?? entry.kind),
    el("td", { class: "traffic-method" }, el("button", attributes, icon("chevron"), call)),
    el("td", { class: "traffic-outcome" }, String(outcomeOf(entry))),
    el("td", { class: "traffic-ms" }, Number.isFinite(entry.ms) ? String(entry.ms) : ""),
    el("td", { class: "traffic-summary", title: entry.summary }, entry.summary ?? ""),
  );
}

function detailRow(entry) {
  const part = (title, value) =>
    el(
      "div",
      { class: "traffic-part" },
      el("h3", {}, title),
      value === null || value === undefined
        ? el("p", { class: "pane-place" }, "not kept")
        : jsonTree(value),
    );
  const parts = [part("Request", entry.request), part("Response", entry.response)];
  const cell = el("td", { colspan: COLUMNS.length }, el("div", { class: "traffic-parts" }, parts));
  return el("tr", { class: "traffic-detail", "data-testid": "traffic-detail" }, cell);
}
