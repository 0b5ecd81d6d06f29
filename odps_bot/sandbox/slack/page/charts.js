// `data_visualization` blocks: an SVG, its legend, and the numbers as a table for screen readers.
import { drawAxisChart } from "./axis_chart.js";
import { el, svgShape } from "./dom.js";

const SIZE = 200;
const RADIUS = 92;

/** Return the node of a chart: a pie, bars, lines or areas. */
export function renderChart(block) {
  const chart = block.chart ?? {};
  const drawing = chart.type === "pie" ? drawPie(chart.segments ?? []) : axisFrame(chart);
  return el(
    "figure",
    { class: `chart chart-${chart.type === "pie" ? "pie" : "axis"}` },
    el("figcaption", {}, block.title ?? ""),
    el("div", { class: "chart-body" }, drawing, legend(chart)),
    alternative(block.title ?? "", chart),
  );
}

/** Axes are drawn for the available width, so that their text keeps its size. */
function axisFrame(chart) {
  const frame = el("div", { class: "axis-frame" });
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width > 0) frame.replaceChildren(drawAxisChart(chart, contentRect.width));
  });
  observer.observe(frame);
  return frame;
}

function drawPie(segments) {
  const total = sumOf(segments);
  let start = 0;
  const slices = segments.map(({ label, value }, index) => {
    const share = total > 0 ? value / total : 0;
    const path = slicePath(start, start + share);
    start += share;
    const title = svgShape("title", {}, `${label}: ${number(value)} (${percent(share)})`);
    return svgShape("path", { d: path, class: `slice series-${index + 1}` }, title);
  });
  const view = `0 0 ${SIZE} ${SIZE}`;
  return svgShape("svg", { viewBox: view, class: "pie", "aria-hidden": "true" }, slices);
}

function slicePath(from, to) {
  const center = SIZE / 2;
  const at = (share) => {
    const angle = (share - 0.25) * 2 * Math.PI;
    return `${(center + RADIUS * Math.cos(angle)).toFixed(2)} ${(center + RADIUS * Math.sin(angle)).toFixed(2)}`;
  };
  const arc = (end, isLarge) => `A${RADIUS} ${RADIUS} 0 ${isLarge ? 1 : 0} 1 ${end}`;
  if (to - from > 0.9999) return `M${at(0)}${arc(at(0.5), false)}${arc(at(1), false)}Z`;
  return `M${center} ${center}L${at(from)}${arc(at(to), to - from > 0.5)}Z`;
}

function legend(chart) {
  const isPie = chart.type === "pie";
  const entries = isPie ? (chart.segments ?? []) : (chart.series ?? []);
  const total = isPie ? sumOf(entries) : 0;
  if (!isPie && entries.length < 2) return null;
  const entry = ({ name, label, value }, index) =>
    el(
      "li",
      {},
      el("span", { class: `swatch series-${index + 1}` }),
      el("span", { class: "legend-name" }, name ?? label),
      isPie &&
        el("span", { class: "legend-value" }, `${number(value)} · ${percent(value / total)}`),
    );
  return el("ul", { class: "legend", "aria-hidden": "true" }, entries.map(entry));
}

function alternative(title, chart) {
  const isPie = chart.type === "pie";
  const head = isPie
    ? ["Segment", "Value"]
    : [chart.axis_config?.x_label ?? "Category", ...(chart.series ?? []).map(({ name }) => name)];
  const rows = isPie
    ? (chart.segments ?? []).map(({ label, value }) => [label, number(value)])
    : (chart.axis_config?.categories ?? []).map((category) => [
        category,
        ...chart.series.map(({ data }) =>
          number(data.find(({ label }) => label === category)?.value),
        ),
      ]);
  return el(
    "table",
    { class: "visually-hidden" },
    el("caption", {}, `${title} (${chart.type} chart)`),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        head.map((name) => el("th", { scope: "col" }, name)),
      ),
    ),
    el(
      "tbody",
      {},
      rows.map(([name, ...values]) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, name),
          values.map((value) => el("td", {}, value)),
        ),
      ),
    ),
  );
}

const sumOf = (segments) => segments.reduce((sum, { value }) => sum + value, 0);
const number = (value) => (value ?? 0).toLocaleString("en-US", { maximumFractionDigits: 4 });
const percent = (share) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
