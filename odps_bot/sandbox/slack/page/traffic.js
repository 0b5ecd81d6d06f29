// What went over the wire between the bot and the sandbox.
import { getTraffic } from "./api.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { clockSeconds } from "./time.js";

const SHOWN = 200;
const QUIET_MS = 400;

export class TrafficDrawer {
  #timer = 0;
  #rows = el("tbody");
  #frame;

  /** `zone()` is the time zone to show times in. */
  constructor(node, { zone, onclose }) {
    Object.assign(this, { node, zone });
    this.#frame = el(
      "div",
      { class: "traffic-frame", tabindex: "0" },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["Time", "From → to", "What", "Call", "Outcome", "Summary"].map((name) =>
              el("th", { scope: "col" }, name),
            ),
          ),
        ),
        this.#rows,
      ),
    );
    node.append(
      el(
        "header",
        { class: "traffic-head" },
        el("h2", {}, "Traffic"),
        el("span", { class: "pane-place" }, "between the bot and this sandbox, newest last"),
        el(
          "button",
          {
            type: "button",
            class: "quiet-button",
            "aria-label": "Refresh",
            "data-testid": "refresh-traffic",
            onclick: () => this.refresh(),
          },
          icon("refresh"),
        ),
        el(
          "button",
          {
            type: "button",
            class: "quiet-button",
            "aria-label": "Close the traffic",
            "data-testid": "close-traffic",
            onclick: onclose,
          },
          icon("close"),
        ),
      ),
      this.#frame,
    );
  }

  get isOpen() {
    return !this.node.hidden;
  }

  show(isOpen) {
    this.node.hidden = !isOpen;
    if (isOpen) this.refresh();
  }

  /** Something happened: look again once it is quiet for a moment. */
  notice() {
    if (!this.isOpen) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), QUIET_MS);
  }

  async refresh() {
    const answer = await getTraffic(SHOWN);
    const entries = Array.isArray(answer) ? answer : (answer.traffic ?? []);
    const { scrollHeight, scrollTop, clientHeight } = this.#frame;
    const wasAtEnd = scrollHeight - scrollTop - clientHeight < 40;
    this.#rows.replaceChildren(...entries.map((entry) => row(entry, this.zone())));
    if (wasAtEnd) this.#frame.scrollTop = this.#frame.scrollHeight;
  }
}

const KINDS = {
  web_api: "Web API",
  event: "Event",
  ack: "Ack",
  response_url: "response_url",
  upload: "Upload",
};

function row(entry, zone) {
  const at = typeof entry.at === "number" ? new Date(entry.at * 1000) : new Date(entry.at);
  const outcome = entry.error ?? (entry.ok === false ? "failed" : (entry.http_status ?? "ok"));
  return el(
    "tr",
    { class: entry.ok === false ? "is-failed" : null, "data-testid": "traffic-row" },
    el("td", { class: "traffic-time" }, clockSeconds(at, zone)),
    el(
      "td",
      { class: "traffic-way" },
      entry.direction === "in" ? "bot → sandbox" : "sandbox → bot",
    ),
    el("td", { class: "traffic-what" }, KINDS[entry.kind] ?? entry.kind),
    el("td", { class: "traffic-method" }, entry.method ?? ""),
    el("td", { class: "traffic-outcome" }, String(outcome)),
    el("td", { class: "traffic-summary", title: entry.summary }, entry.summary ?? ""),
  );
}
