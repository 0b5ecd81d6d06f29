// Slack's mrkdwn as DOM nodes. https://docs.slack.dev/messaging/formatting-message-text
//
// One pass splits a line into tokens, a second one pairs the marks * _ ~ with a stack. Both are linear, so
// hostile text cannot hang the page; foreign content is only ever in text nodes.
import { el, link } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { fillDate, fullTime } from "./time.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const ATOMS =
  /`([^`]+)`|<([^<>]+)>|:([a-z0-9_+-]+(?:::[a-z0-9-]+)?):|(https?:\/\/[^\s<>|"`]+)|([*_~])/g;
const MARKS = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;

/** Unescape & < > once. */
export const decode = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

/**
 * Return the nodes of a mrkdwn text. `context` names people and channels:
 * `{person(id), channel(id), zone, user, openChannel(id)}`.
 */
export function renderMrkdwn(text, context) {
  const parts = text.split("```");
  if (parts.length % 2 === 0) {
    const unclosed = parts.pop();
    parts[parts.length - 1] += "```" + unclosed;
  }
  return parts.flatMap((part, index) =>
    index % 2 === 1
      ? [el("pre", {}, decode(part.replace(/^\n/, "").replace(/\n$/, "")))]
      : renderLines(trimAroundFences(part, index, parts.length), context),
  );
}

const trimAroundFences = (part, index, count) =>
  part.replace(index > 0 ? /^\n/ : /^$/, "").replace(index < count - 1 ? /\n$/ : /$^/, "");

function renderLines(text, context) {
  if (text === "") return [];
  const nodes = [];
  let quote = null;
  let isRestQuoted = false;
  let needsBreak = false;
  for (const line of text.split("\n")) {
    const mark = isRestQuoted ? "" : (/^(?:(?:&gt;|>){3}|(?:&gt;|>)) ?/.exec(line)?.[0] ?? null);
    if (mark !== null && (mark.match(/>|&gt;/g)?.length ?? 0) === 3) isRestQuoted = true;
    if (mark === null) {
      if (needsBreak) nodes.push(el("br"));
      nodes.push(...renderInline(line, context));
      quote = null;
      needsBreak = true;
    } else if (quote) {
      quote.append(el("br"), ...renderInline(line.slice(mark.length), context));
    } else {
      quote = el("blockquote", {}, ...renderInline(line.slice(mark.length), context));
      nodes.push(quote);
      needsBreak = false;
    }
  }
  return nodes;
}

function renderInline(line, context) {
  const stack = [{ mark: null, nodes: [] }];
  const add = (...nodes) => stack.at(-1).nodes.push(...nodes);
  let end = 0;
  for (const match of line.matchAll(ATOMS)) {
    if (match.index > end) add(decode(line.slice(end, match.index)));
    end = match.index + match[0].length;
    const [, code, angle, name, url, mark] = match;
    if (code !== undefined) add(el("code", {}, decode(code)));
    else if (angle !== undefined) add(renderAngle(angle, context));
    else if (name !== undefined) add(renderEmoji(name));
    else if (url !== undefined) add(link(decode(url), decode(url)));
    else placeMark(stack, mark, line[match.index - 1], line[end]);
  }
  if (end < line.length) add(decode(line.slice(end)));
  flattenTo(stack, 0);
  return stack[0].nodes;
}

function placeMark(stack, mark, before, after) {
  const isWordBefore = before !== undefined && WORD.test(before);
  const isWordAfter = after !== undefined && WORD.test(after);
  const canClose = before !== undefined && before !== " " && !isWordAfter;
  const canOpen = after !== undefined && after !== " " && !isWordBefore;
  const opened = stack.findLastIndex((frame) => frame.mark === mark);
  if (canClose && opened > 0 && (stack[opened].nodes.length > 0 || opened < stack.length - 1)) {
    flattenTo(stack, opened);
    const { nodes } = stack.pop();
    stack.at(-1).nodes.push(el(MARKS[mark], {}, ...nodes));
  } else if (canOpen && opened < 0) stack.push({ mark, nodes: [] });
  else stack.at(-1).nodes.push(mark);
}

/** Turn unclosed marks back into text. */
function flattenTo(stack, index) {
  while (stack.length - 1 > index) {
    const { mark, nodes } = stack.pop();
    stack.at(-1).nodes.push(mark, ...nodes);
  }
}

export function renderEmoji(name) {
  const character = emoji(name);
  if (character === null) return `:${name}:`;
  return el(
    "span",
    { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` },
    character,
  );
}

function renderAngle(angle, context) {
  const [target, ...rest] = angle.split("|");
  const label = rest.length > 0 ? decode(rest.join("|")) : null;
  if (target.startsWith("@")) return renderPerson(target.slice(1), context);
  if (target.startsWith("#")) return renderChannel(target.slice(1), label, context);
  if (target.startsWith("!date^")) return renderDate(target.slice("!date^".length), label, context);
  if (target.startsWith("!subteam^"))
    return renderGroup(target.slice("!subteam^".length), label, context);
  if (target.startsWith("!"))
    return el("span", { class: "mention mention-you" }, `@${target.slice(1)}`);
  if (/^(https?|mailto):/i.test(target))
    return link(decode(target), withEmoji(label ?? decode(target).replace(/^mailto:/i, "")));
  return `<${decode(angle)}>`;
}

export function renderPerson(id, context) {
  const isYou = id === context.user;
  return el(
    "span",
    { class: isYou ? "mention mention-you" : "mention", title: context.person(id).real_name },
    `@${context.person(id).name}`,
  );
}

export function renderGroup(id, label, context) {
  const group = context.userGroup?.(id);
  const isYours = group?.users?.includes(context.user);
  const attributes = { class: isYours ? "mention mention-you" : "mention", title: group?.name };
  return el("span", attributes, group ? `@${group.handle}` : (label ?? "@group"));
}

export function renderChannel(id, label, context) {
  const channel = context.channel(id);
  const name = `#${channel?.name ?? label ?? id}`;
  if (!channel) return el("span", { class: "mention" }, name);
  return el(
    "button",
    { class: "mention mention-channel", type: "button", onclick: () => context.openChannel(id) },
    name,
  );
}

function renderDate(parts, fallback, context) {
  const [seconds, template, address] = parts.split("^");
  const date = new Date(Number(seconds) * 1000);
  if (!template || Number.isNaN(date.getTime())) return fallback ?? "";
  const time = el(
    "time",
    { datetime: date.toISOString(), title: fullTime(date, context.zone) },
    fillDate(template, date, context.zone),
  );
  return address ? link(decode(address), time) : time;
}
