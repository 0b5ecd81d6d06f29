// Charts over axes: grouped bars, lines and areas, with gridlines at round numbers.
import { svgShape } from "./dom.js";

const HEIGHT_PX = 240;
const MARGIN = { top: 10, right: 10, bottom: 26, left: 46 };
const LABEL_LINE = 16;
const CHARACTER = 6.6;
const WIDE_CHARACTER = 11.5;
const WIDE = /[\u1100-\u{1faff}]/u;
const LONGEST_SLANTED = 90;
const SLANT_DEGREES = 35;
const SLANTED_STEP = 15;
const TICKS = 4;
const MARKS = ["circle", "square", "diamond", "triangle"];

/** Return the SVG of a bar, line or area chart, `width` pixels wide. */
export function drawAxisChart(chart, width) {
  const categories = chart.axis_config?.categories ?? [];
  const series = (chart.series ?? []).map(({ name, data }) => ({
    name,
    values: categories.map((category) => data.find(({ label }) => label === category)?.value ?? 0),
  }));
  const scale = scaleOf(chart, { categories, series, width });
  const draw = chart.type === "bar" ? drawBars : chart.type === "area" ? drawArea : drawLine;
  return svgShape(
    "svg",
    { width, height: HEIGHT_PX, class: "axes", "aria-hidden": "true" },
    drawGrid(scale),
    series.map((one, index) => draw(one, index, scale)),
    drawLabels(chart.axis_config ?? {}, scale),
  );
}

function scaleOf(chart, { categories, series, width }) {
  const all = series.flatMap(({ values }) => values);
  const ticks = roundTicks(Math.min(0, ...all), Math.max(0, ...all));
  const [low, high] = [ticks[0], ticks.at(-1)];
  const { x_label: xLabel, y_label: yLabel } = chart.axis_config ?? {};
  const left = MARGIN.left + (yLabel ? LABEL_LINE : 0);
  const right = width - MARGIN.right;
  const step = (right - left) / Math.max(categories.length, 1);
  const longest = Math.min(Math.max(...categories.map(widthOf), 0), LONGEST_SLANTED);
  const isSlanted = longest + 6 > step;
  const namesHeight = isSlanted ? longest * Math.sin((SLANT_DEGREES * Math.PI) / 180) : 0;
  const bottom = HEIGHT_PX - MARGIN.bottom - namesHeight - (xLabel ? LABEL_LINE : 0);
  return {
    categories,
    count: series.length,
    ticks,
    left,
    right,
    bottom,
    step,
    isSlanted,
    x: (index) => left + step * (index + 0.5),
    y: (value) => bottom - ((value - low) / (high - low)) * (bottom - MARGIN.top),
  };
}

const widthOf = (name) =>
  [...name].reduce((sum, one) => sum + (WIDE.test(one) ? WIDE_CHARACTER : CHARACTER), 0);

function roundTicks(low, high) {
  const span = high - low || 1;
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const first = Math.floor(low / size);
  const last = Math.max(Math.ceil(high / size), first + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * size);
}

const short = (value) =>
  value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });

function drawGrid({ ticks, left, right, y }) {
  return ticks.flatMap((tick) => [
    svgShape("line", {
      x1: left,
      x2: right,
      y1: y(tick),
      y2: y(tick),
      class: tick === 0 ? "axis-line" : "grid-line",
    }),
    svgShape("text", { x: left - 7, y: y(tick) + 4, class: "tick tick-y" }, short(tick)),
  ]);
}

/** Labels that do not fit side by side are slanted; if there are very many, some are omitted. */
function drawNames({ categories, bottom, step, isSlanted, x }) {
  const every = isSlanted ? Math.ceil(SLANTED_STEP / step) : 1;
  const name = (text, index) => {
    if (index % every > 0) return null;
    if (!isSlanted)
      return svgShape("text", { x: x(index), y: bottom + 17, class: "tick tick-x" }, text);
    const place = { x: x(index) + 4, y: bottom + 14, class: "tick tick-y" };
    const transform = `rotate(-${SLANT_DEGREES} ${place.x} ${place.y})`;
    return svgShape("text", { ...place, transform }, clipped(text));
  };
  return categories.map(name);
}

function clipped(text) {
  let characters = [...text];
  while (widthOf(characters) > LONGEST_SLANTED) characters = characters.slice(0, -1);
  return characters.length < [...text].length ? `${characters.join("")}…` : text;
}

function drawLabels({ x_label: xLabel, y_label: yLabel }, scale) {
  const { left, right, bottom } = scale;
  const middle = (MARGIN.top + bottom) / 2;
  return [
    drawNames(scale),
    xLabel &&
      svgShape("text", { x: (left + right) / 2, y: HEIGHT_PX - 5, class: "tick tick-x" }, xLabel),
    yLabel &&
      svgShape(
        "text",
        { x: 12, y: middle, class: "tick tick-x", transform: `rotate(-90 12 ${middle})` },
        yLabel,
      ),
  ];
}

const label = ({ name }, category, value) =>
  svgShape("title", {}, `${category}, ${name}: ${value.toLocaleString("en-US")}`);

function drawBars(one, index, { categories, count, step, x, y }) {
  const width = Math.min((step * 0.76) / count, 44);
  return one.values.map((value, at) =>
    svgShape(
      "rect",
      {
        x: x(at) + width * (index - count / 2) + 0.5,
        y: Math.min(y(value), y(0)),
        width: Math.max(width - 1, 1),
        height: Math.max(Math.abs(y(value) - y(0)), 0.5),
        rx: Math.min(2, width / 4),
        class: `bar series-${index + 1}`,
      },
      label(one, categories[at], value),
    ),
  );
}

const pathOf = ({ values }, { x, y }) =>
  values.map((value, at) => `${at === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`);

function drawLine(one, index, scale) {
  const line = { d: pathOf(one, scale).join(""), class: `line series-${index + 1}` };
  const marks = one.values.map((value, at) =>
    svgShape(
      "path",
      {
        d: markPath(MARKS[index % MARKS.length], scale.x(at), scale.y(value)),
        class: `mark series-${index + 1}`,
      },
      label(one, scale.categories[at], value),
    ),
  );
  return [svgShape("path", line), ...marks];
}

function drawArea(one, index, scale) {
  const { x, y } = scale;
  const last = one.values.length - 1;
  const d = `${pathOf(one, scale).join("")}L${x(last)} ${y(0)}L${x(0)} ${y(0)}Z`;
  return [
    svgShape("path", { d, class: `area series-${index + 1}` }),
    ...drawLine(one, index, scale),
  ];
}

/** Lines also differ by the shape of their marks, for people who cannot distinguish the colours. */
function markPath(kind, x, y) {
  switch (kind) {
    case "square":
      return `M${x - 3} ${y - 3}h6v6h-6Z`;
    case "diamond":
      return `M${x} ${y - 4.2}l4.2 4.2-4.2 4.2-4.2-4.2Z`;
    case "triangle":
      return `M${x} ${y - 4}l4 7h-8Z`;
    default:
      return `M${x - 3} ${y}a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z`;
  }
}
