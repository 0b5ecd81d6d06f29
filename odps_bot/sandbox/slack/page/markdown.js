// The Markdown of `markdown` blocks as far as bots use it: headings, lists, quotes, fences,
// bold, italic, strike, code and links. https://docs.slack.dev/reference/block-kit/blocks/markdown-block
import { el, link } from "./dom.js";
import { renderEmoji } from "./mrkdwn.js";

const INLINE =
  /`([^`]+)`|\[([^\]]+)\]\(([^()\s]+)\)|\*\*([^*]+)\*\*|~~([^~]+)~~|\*([^*\s][^*]*)\*|(?<![\w])_([^_]+)_(?!\w)|:([a-z0-9_+-]+):/g;
const LIST_ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

/** Return the block nodes of a Markdown text. */
export function renderMarkdown(text) {
  const lines = text.split("\n");
  const nodes = [];
  while (lines.length > 0) {
    if (lines[0].startsWith("```")) nodes.push(takeFence(lines));
    else if (/^#{1,6} /.test(lines[0])) nodes.push(takeHeading(lines));
    else if (/^(-{3,}|\*{3,})\s*$/.test(lines[0])) nodes.push(el("hr", {}, void lines.shift()));
    else if (lines[0].startsWith(">")) nodes.push(takeQuote(lines));
    else if (LIST_ITEM.test(lines[0])) nodes.push(takeList(lines));
    else if (lines[0].trim() === "") lines.shift();
    else nodes.push(takeParagraph(lines));
  }
  return nodes;
}

function takeFence(lines) {
  lines.shift();
  const code = takeWhile(lines, (line) => !line.startsWith("```"));
  lines.shift();
  return el("pre", {}, code.join("\n"));
}

function takeHeading(lines) {
  const [, hashes, title] = /^(#{1,6}) (.*)$/.exec(lines.shift());
  return el(
    "p",
    {
      class: `markdown-heading level-${hashes.length}`,
      role: "heading",
      "aria-level": hashes.length + 2,
    },
    inline(title),
  );
}

const takeQuote = (lines) =>
  el(
    "blockquote",
    {},
    broken(
      takeWhile(lines, (line) => line.startsWith(">")).map((line) => line.replace(/^> ?/, "")),
    ),
  );

function takeList(lines) {
  const [, number] = LIST_ITEM.exec(lines[0]);
  const items = takeWhile(lines, (line) => LIST_ITEM.test(line));
  const attributes = number === undefined ? {} : { start: number };
  return el(
    number === undefined ? "ul" : "ol",
    attributes,
    items.map((item) => el("li", {}, inline(LIST_ITEM.exec(item)[2]))),
  );
}

function takeParagraph(lines) {
  const isPlain = (line) =>
    line.trim() !== "" && !/^(#{1,6} |>|```)/.test(line) && !LIST_ITEM.test(line);
  return el("p", {}, broken([lines.shift(), ...takeWhile(lines, isPlain)]));
}

function takeWhile(lines, isWanted) {
  const end = lines.findIndex((line) => !isWanted(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

const broken = (lines) =>
  lines.flatMap((line, index) => (index ? [el("br"), ...inline(line)] : inline(line)));

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const [, code, label, address, bold, struck, italic, slanted, name] = match;
    if (code !== undefined) nodes.push(el("code", {}, code));
    else if (label !== undefined) nodes.push(link(address, label));
    else if (bold !== undefined) nodes.push(el("strong", {}, bold));
    else if (struck !== undefined) nodes.push(el("s", {}, struck));
    else if (name !== undefined) nodes.push(renderEmoji(name));
    else nodes.push(el("em", {}, italic ?? slanted));
  }
  nodes.push(text.slice(end));
  return nodes;
}
