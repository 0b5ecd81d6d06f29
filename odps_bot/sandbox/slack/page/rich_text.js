// `rich_text` blocks, whose text is literal.
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
import { el, link } from "./dom.js";
import { renderChannel, renderEmoji, renderGroup, renderPerson } from "./mrkdwn.js";
import { fillDate } from "./time.js";

const STYLES = {
  bold: "strong",
  italic: "em",
  strike: "s",
  code: "code",
  underline: "u",
  highlight: "mark",
};
const BULLETS = ["disc", "circle", "square"];

/** Return the node of a rich_text block or of a rich_text value inside another block. */
export function renderRichText(block, context) {
  return el(
    "div",
    { class: "rich-text" },
    (block.elements ?? []).map((element) => renderPart(element, context)),
  );
}

function renderPart(part, context) {
  const children = () => (part.elements ?? []).map((element) => renderElement(element, context));
  switch (part.type) {
    case "rich_text_section":
      return el("div", { class: "rich-text-section" }, children());
    case "rich_text_preformatted":
      return el("pre", {}, children());
    case "rich_text_quote":
      return el("blockquote", {}, children());
    case "rich_text_list":
      return renderList(part, context);
    default:
      return el("div", { class: "unsupported" }, `unsupported: ${part.type}`);
  }
}

function renderList(list, context) {
  const isOrdered = list.style === "ordered";
  const indent = Math.min(list.indent ?? 0, 8);
  const node = el(isOrdered ? "ol" : "ul", isOrdered ? { start: (list.offset ?? 0) + 1 } : {});
  node.style.marginInlineStart = `${indent * 1.5}em`;
  if (!isOrdered) node.style.listStyleType = BULLETS[indent % BULLETS.length];
  node.append(
    ...(list.elements ?? []).map((element) => el("li", {}, renderPart(element, context))),
  );
  return node;
}

function renderElement(element, context) {
  switch (element.type) {
    case "text":
      return styled(element.text ?? "", element.style);
    case "link":
      return link(element.url, styled(element.text ?? element.url, element.style));
    case "emoji":
      return renderEmoji(element.name);
    case "user":
      return renderPerson(element.user_id, context);
    case "channel":
      return renderChannel(element.channel_id, null, context);
    case "usergroup":
      return renderGroup(element.usergroup_id, null, context);
    case "broadcast":
      return el("span", { class: "mention mention-you" }, `@${element.range}`);
    case "date":
      return renderDate(element, context);
    case "color":
      return renderColor(element);
    default:
      return el("span", { class: "unsupported" }, `unsupported: ${element.type}`);
  }
}

function renderColor({ value = "", style }) {
  const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
  const isColor = /^#[0-9a-f]{6}$/i.test(value);
  if (isColor) swatch.style.backgroundColor = value;
  return el("span", { class: "color" }, styled(value, style), isColor && swatch);
}

function renderDate(element, context) {
  const date = new Date(Number(element.timestamp) * 1000);
  if (Number.isNaN(date.getTime())) return element.fallback ?? "";
  return el(
    "time",
    { datetime: date.toISOString() },
    fillDate(element.format ?? "{date_short_pretty} {time}", date, context.zone),
  );
}

function styled(content, style = {}) {
  return Object.entries(STYLES).reduce(
    (node, [name, tag]) => (style[name] ? el(tag, {}, node) : node),
    content,
  );
}
