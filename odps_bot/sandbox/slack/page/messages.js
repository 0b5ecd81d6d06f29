// One message: who, when, what, and the way into its thread.
import { BlockList } from "./blocks.js";
import { el, reconcile, safeUrl } from "./dom.js";
import { emoji } from "./emoji.js";
import { icon } from "./icons.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { clockTime, fillDate, fullTime, instantOf } from "./time.js";

/** A message on the page. Updating it keeps its node, and those of its blocks that did not change. */
export class MessageView {
  #context;
  #body = el("div", { class: "message-body" });
  #blocks = new BlockList();
  #message = null;
  #shown = "";

  /** `context` is that of blocks, with `state`, `click(message, choice)` and `openThread(ts)`; no thread can be opened without the latter. */
  constructor(context) {
    this.#context = context;
    this.node = el("article", { class: "message", "data-testid": "message" });
  }

  /** Show this message. `isCompact` leaves out the author, `thread` is a summary of its replies or undefined. */
  update(message, { isCompact = false, thread } = {}) {
    if (!this.#isNews(message, JSON.stringify([isCompact, thread?.count, thread?.lastTs]))) return;
    const context = Object.create(this.#context, {
      act: { value: (choice) => this.#context.click(message, choice) },
    });
    const author = context.person(message.user);
    this.node.dataset.ts = message.ts;
    this.node.classList.toggle("is-compact", isCompact);
    this.node.classList.toggle("is-ephemeral", Boolean(message.is_ephemeral));
    this.node.setAttribute(
      "aria-label",
      `${author.real_name}, ${clockTime(instantOf(message.ts), context.zone)}`,
    );
    if (message.blocks?.length > 0) this.#blocks.update(message.blocks, context);
    reconcile(this.#body, this.#parts(message, { isCompact, thread, author, context }));
    reconcile(
      this.node,
      [this.#gutter(message, isCompact, author), this.#body, this.#tools(message)].filter(Boolean),
    );
  }

  /** Tell whether there is anything to draw; a reload brings equal messages as new objects. */
  #isNews(message, surroundings) {
    const isKnown =
      message === this.#message || JSON.stringify(message) === JSON.stringify(this.#message);
    const isSame = isKnown && surroundings === this.#shown;
    this.#message = message;
    this.#shown = surroundings;
    return !isSame;
  }

  #parts(message, { isCompact, thread, author, context }) {
    const hasBlocks = message.blocks?.length > 0;
    return [
      message.is_ephemeral &&
        el("div", { class: "ephemeral-mark" }, icon("eye"), "Only visible to you"),
      !isCompact && byline(message, author, context),
      message.subtype === "thread_broadcast" &&
        el("div", { class: "broadcast-mark" }, "replied to a thread"),
      hasBlocks ? this.#blocks.node : messageText(message, context),
      message.files?.length > 0 && el("div", { class: "files" }, message.files.map(fileCard)),
      message.reactions?.length > 0 &&
        el("div", { class: "reactions" }, message.reactions.map(reactionPill)),
      thread && context.openThread && threadSummary(message, thread, context),
    ].filter(Boolean);
  }

  #gutter(message, isCompact, author) {
    if (!isCompact) return el("div", { class: "gutter" }, avatar(author));
    return el(
      "div",
      { class: "gutter" },
      el("time", { class: "compact-time" }, clockTime(instantOf(message.ts), this.#context.zone)),
    );
  }

  #tools(message) {
    const { openThread } = this.#context;
    if (!openThread || message.is_ephemeral) return null;
    const reply = () => openThread(message.thread_ts ?? message.ts);
    const attributes = {
      type: "button",
      class: "quiet-button",
      "aria-label": "Reply in thread",
      title: "Reply in thread",
      "data-testid": "reply-in-thread",
    };
    return el(
      "div",
      { class: "message-tools" },
      el("button", { ...attributes, onclick: reply }, icon("reply")),
    );
  }
}

/** Return the picture of a person: initials on their colour. */
export function avatar(person, className = "") {
  const initials = person.is_bot
    ? "›_"
    : person.real_name
        .split(/\s+/)
        .map((word) => [...word][0])
        .slice(0, 2)
        .join("")
        .toUpperCase();
  const node = el(
    "span",
    { class: `avatar ${person.is_bot ? "avatar-bot" : ""} ${className}`, "aria-hidden": "true" },
    initials,
  );
  if (/^#[0-9a-f]{6}$/i.test(person.color ?? "")) node.style.setProperty("--person", person.color);
  return node;
}

function byline(message, author, context) {
  const date = instantOf(message.ts);
  return el(
    "div",
    { class: "byline" },
    el("span", { class: "author" }, author.real_name),
    (message.bot_id || author.is_bot) && el("span", { class: "app-badge" }, "APP"),
    el(
      "time",
      { datetime: date.toISOString(), title: fullTime(date, context.zone) },
      clockTime(date, context.zone),
    ),
  );
}

const messageText = (message, context) =>
  el(
    "div",
    { class: "text" },
    renderMrkdwn(message.text ?? "", context),
    message.edited && el("span", { class: "edited" }, " (edited)"),
  );

function fileCard(file) {
  const name = file.title || file.name || "file";
  const href = safeUrl(file.url ?? file.url_private_download ?? "");
  const about = [file.name !== name && file.name, Number.isFinite(file.size) && fileSize(file.size)]
    .filter(Boolean)
    .join(" · ");
  const content = [
    icon("file"),
    el("span", { class: "file-name" }, name),
    el("span", { class: "file-size" }, about),
  ];
  if (!href) return el("div", { class: "file" }, content);
  return el(
    "a",
    { class: "file", href, download: file.name ?? "", "aria-label": `Download ${name}` },
    content,
    icon("download"),
  );
}

function fileSize(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

const reactionPill = ({ name, count, users }) =>
  el(
    "span",
    { class: "reaction", title: `:${name}:` },
    emoji(name) ?? `:${name}:`,
    " ",
    String(count ?? users?.length ?? 1),
  );

function threadSummary(message, thread, context) {
  const people = [...thread.users]
    .slice(0, 3)
    .map((id) => avatar(context.person(id), "avatar-small"));
  const count = `${thread.count} ${thread.count === 1 ? "reply" : "replies"}`;
  const last = fillDate(
    "Last reply {date_short_pretty} at {time}",
    instantOf(thread.lastTs),
    context.zone,
  );
  return el(
    "button",
    {
      type: "button",
      class: "thread-summary",
      "data-testid": "open-thread",
      onclick: () => context.openThread(message.ts),
    },
    el("span", { class: "avatars" }, people),
    el("span", { class: "reply-count" }, count),
    el("span", { class: "last-reply" }, last),
  );
}
