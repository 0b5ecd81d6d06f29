// One message: author, time, content, and the link to its thread.
import { BlockList } from "./blocks.js";
import { el, reconcile } from "./dom.js";
import { emoji } from "./emoji.js";
import { renderFile } from "./files.js";
import { renderForward } from "./forwarded.js";
import { icon } from "./icons.js";
import { isHandheld } from "./layout.js";
import { menuButton } from "./menu.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { mentions } from "./state.js";
import { clockTime, fillDate, fullTime, instantOf } from "./time.js";

/** A message on the page. Updating it keeps its node and those of unchanged blocks. */
export class MessageView {
  #context;
  #body = el("div", { class: "message-body" });
  #blocks = new BlockList();
  #message = null;
  #shown = "";

  /**
   * `context` is that of blocks, with `click(message, choice)`, `actionsFor(message)` for the menu, and
   * `openThread(ts)`, without which no thread can be opened.
   */
  constructor(context) {
    this.#context = context;
    this.node = el("article", { class: "message", "data-testid": "message", tabindex: "-1" });
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== this.node) return;
      if (context.openThread && !this.#message.is_ephemeral) this.#openThread();
    });
  }

  /** Show this message. `isCompact` omits the author; `thread` is a summary of its replies or undefined. */
  update(message, { isCompact = false, thread } = {}) {
    const { count, lastTs, forYou } = thread ?? {};
    if (!this.#isNews(message, JSON.stringify([isCompact, count, lastTs, forYou]))) return;
    const context = Object.create(this.#context, {
      act: { value: (choice) => this.#context.click(message, choice) },
      findOptions: {
        value: (question) => this.#context.findOptions({ ...question, ...placeOf(message) }),
      },
    });
    const author = context.person(message.user);
    this.node.dataset.ts = message.ts;
    this.node.classList.toggle("is-compact", isCompact);
    this.node.classList.toggle("is-me", message.subtype === "me_message");
    this.node.classList.toggle("is-ephemeral", Boolean(message.is_ephemeral));
    this.node.classList.toggle(
      "mentions-you",
      message.user !== context.user && mentions(message, context.user),
    );
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

  /** Return whether there is anything to draw; a reload brings equal messages as new objects. */
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
      hasBlocks && message.edited && !message.bot_id && el("span", { class: "edited" }, "(edited)"),
      message.attachments?.map((attachment) => renderForward(attachment, context)),
      message.files?.length > 0 &&
        el(
          "div",
          { class: "files" },
          message.files.map((file) => renderFile(file, context)),
        ),
      message.reactions?.length > 0 &&
        el("div", { class: "reactions" }, message.reactions.map(reactionPill)),
      thread && context.openThread && threadSummary(message, thread, context),
    ]
      .flat()
      .filter(Boolean);
  }

  #gutter(message, isCompact, author) {
    if (!isCompact) return el("div", { class: "gutter" }, avatar(author));
    return el(
      "div",
      { class: "gutter" },
      el("time", { class: "compact-time" }, clockTime(instantOf(message.ts), this.#context.zone)),
    );
  }

  #openThread() {
    this.#context.openThread(this.#message.thread_ts ?? this.#message.ts);
  }

  #tools(message) {
    if (message.subtype === "tombstone") return null;
    const reply = {
      type: "button",
      class: "quiet-button",
      "aria-label": "Reply in thread",
      title: "Reply in thread",
      "data-testid": "reply-in-thread",
      onclick: () => this.#openThread(),
    };
    const more = { class: "quiet-button", "aria-label": "More actions", title: "More actions" };
    const hasThread = this.#context.openThread && !message.is_ephemeral;
    const replyEntry = { label: "Reply in thread", choose: () => this.#openThread() };
    const entries = () => [
      ...(hasThread && isHandheld() ? [replyEntry] : []),
      ...this.#context.actionsFor(message),
    ];
    return el(
      "div",
      { class: "message-tools" },
      hasThread && el("button", reply, icon("reply")),
      menuButton(icon("more"), entries, more),
    );
  }
}

const placeOf = ({ channel, ts }) => ({ channel, message_ts: ts });

/** Return the avatar of a person: initials on their colour. */
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

/** Return the badge of external people and guests, or null. */
export function originBadge(person) {
  if (person.is_external)
    return el(
      "span",
      { class: "team-badge", title: `From ${person.team_name}, another workspace` },
      person.team_name ?? "other workspace",
    );
  return person.is_guest ? el("span", { class: "team-badge" }, "guest") : null;
}

function byline(message, author, context) {
  const date = instantOf(message.ts);
  return el(
    "div",
    { class: "byline" },
    el("span", { class: "author" }, author.real_name),
    (message.bot_id || author.is_bot) &&
      el("span", { class: "app-badge", title: senderOf(message, author) }, "APP"),
    originBadge(author),
    el(
      "time",
      { datetime: date.toISOString(), title: fullTime(date, context.zone) },
      clockTime(date, context.zone),
    ),
  );
}

/** An app can post on behalf of a person. */
const senderOf = ({ bot_profile: app }, author) =>
  author.is_bot || !app?.name ? null : `Sent by ${app.name} on behalf of ${author.real_name}`;

const messageText = (message, context) =>
  el(
    "div",
    { class: "text" },
    renderMrkdwn(message.text ?? "", context),
    message.edited && el("span", { class: "edited" }, " (edited)"),
  );

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
    thread.forYou > 0 &&
      el(
        "span",
        { class: "mention-count", role: "img", "aria-label": `${thread.forYou} for you` },
        String(thread.forYou),
      ),
    el("span", { class: "last-reply" }, last),
  );
}
