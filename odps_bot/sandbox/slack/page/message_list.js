// A list of messages that stays scrolled to its end while the reader is there.
import { el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { MessageView } from "./messages.js";
import { dayLabel, dayOf, instantOf } from "./time.js";

const GROUPED_MS = 5 * 60 * 1000;
const NEAR_END_PX = 48;
const MARKED_MS = 4000;

export class MessageList {
  #context;
  #views = new Map();
  #days = new Map();
  #isAtEnd = true;
  #unseen = 0;
  #lastTs = null;

  /** `context` is that of MessageView; `label` names the list for screen readers. */
  constructor(context, label) {
    this.#context = context;
    this.scroller = el("div", {
      class: "log",
      role: "log",
      "aria-live": "off",
      "aria-label": label,
      tabindex: "0",
    });
    this.jump = el("button", {
      type: "button",
      class: "jump",
      hidden: true,
      onclick: () => this.scrollToEnd(),
    });
    this.node = el("div", { class: "log-body" }, this.scroller, this.jump);
    this.scroller.addEventListener("keydown", (event) => this.#handleKey(event));
    this.scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.#isAtEnd && this.scrollToEnd()).observe(this.scroller);
  }

  /** Show these `[{message, thread?}]`, oldest first. In a thread the first is the root, and `divider` follows it. */
  show(items, { intro = null, divider = null } = {}) {
    const wasAtEnd = this.#isAtEnd || this.#lastTs === null;
    const keepPlace = this.#holdPlace();
    const nodes = intro ? [intro] : [];
    let previous = null;
    for (const item of items) {
      const isReplyToRoot = divider && previous === items[0].message;
      const isRoot = divider && previous === null;
      if (!isRoot && isNewDay(previous, item.message, this.#context.zone)) {
        nodes.push(this.#day(item.message));
      }
      nodes.push(
        this.#view(item, !isReplyToRoot && isContinued(previous, item.message, this.#context.zone)),
      );
      if (isRoot) nodes.push(divider);
      previous = item.message;
    }
    this.#forget(items);
    reconcile(this.scroller, nodes);
    keepPlace();
    this.#settle(items, wasAtEnd);
  }

  /** Clear all messages, for another channel or person. */
  clear() {
    this.#views.clear();
    this.#days.clear();
    this.scroller.replaceChildren();
    this.#isAtEnd = true;
    this.#lastTs = null;
    this.#showUnseen(0);
  }

  /** Open the menu of a message; return whether it is in the list. */
  openMenuOf(ts) {
    const node = this.#views.get(ts)?.node;
    if (!node) return false;
    node.focus();
    node.scrollIntoView({ block: "nearest" });
    node.querySelector("[aria-haspopup=menu][aria-label='More actions'].quiet-button")?.click();
    return true;
  }

  /** Scroll to a message, focus it and mark it for a moment; return whether it is in the list. */
  reveal(ts) {
    const node = this.#views.get(ts)?.node;
    if (!node) return false;
    this.#isAtEnd = false;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.add("is-linked");
    setTimeout(() => node.classList.remove("is-linked"), MARKED_MS);
    return true;
  }

  scrollToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#isAtEnd = true;
    this.#showUnseen(0);
  }

  #view({ message, thread }, isCompact) {
    if (!this.#views.has(message.ts)) this.#views.set(message.ts, new MessageView(this.#context));
    const view = this.#views.get(message.ts);
    view.update(message, { isCompact, thread });
    return view.node;
  }

  #day(message) {
    const label = dayLabel(instantOf(message.ts), this.#context.zone);
    const key = `${dayOf(instantOf(message.ts), this.#context.zone)} ${label}`;
    if (!this.#days.has(key))
      this.#days.set(key, el("div", { class: "day", role: "separator" }, el("span", {}, label)));
    return this.#days.get(key);
  }

  #forget(items) {
    const known = new Set(items.map(({ message }) => message.ts));
    for (const ts of this.#views.keys()) if (!known.has(ts)) this.#views.delete(ts);
  }

  #settle(items, wasAtEnd) {
    const before = this.#lastTs;
    const last = items.at(-1)?.message;
    const added =
      before === null
        ? []
        : items.filter(({ message }) => message.ts > before).map(({ message }) => message);
    this.#lastTs = last?.ts ?? "";
    if (wasAtEnd || added.some(({ user }) => user === this.#context.user)) this.scrollToEnd();
    else if (added.length > 0) this.#showUnseen(this.#unseen + added.length);
  }

  /** Remember the position of the first visible message; return a function that restores it. */
  #holdPlace() {
    const edge = this.scroller.getBoundingClientRect().top;
    const first = [...this.scroller.children].find(
      (node) => node.getBoundingClientRect().bottom > edge,
    );
    const before = first?.getBoundingClientRect().top;
    return () => {
      if (first?.isConnected) this.scroller.scrollTop += first.getBoundingClientRect().top - before;
    };
  }

  /** Arrow keys move between messages, Home and End to the first and last. */
  #handleKey(event) {
    const { target } = event;
    const isHere = target === this.scroller || target.matches(".message");
    if (!isHere || event.altKey || event.ctrlKey || event.metaKey) return;
    const messages = [...this.scroller.querySelectorAll(".message")];
    const at = messages.indexOf(target);
    const goal = {
      ArrowUp: at < 0 ? messages.length - 1 : Math.max(at - 1, 0),
      ArrowDown: at < 0 ? messages.length - 1 : Math.min(at + 1, messages.length - 1),
      Home: 0,
      End: messages.length - 1,
    }[event.key];
    if (goal === undefined || messages.length === 0) return;
    event.preventDefault();
    messages[goal].focus({ preventScroll: true });
    messages[goal].scrollIntoView({ block: "nearest" });
  }

  #onScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#isAtEnd) this.#showUnseen(0);
  }

  #showUnseen(count) {
    this.#unseen = count;
    this.jump.hidden = count === 0;
    this.jump.replaceChildren(
      icon("chevron"),
      count === 1 ? "1 new message" : `${count} new messages`,
    );
  }
}

const isNewDay = (previous, message, zone) =>
  previous === null || dayOf(instantOf(previous.ts), zone) !== dayOf(instantOf(message.ts), zone);

/** What people write is rich text; cards of apps have other blocks, too. */
const isCard = ({ blocks = [], bot_id: app }) =>
  Boolean(app) ? blocks.length > 0 : blocks.some(({ type }) => type !== "rich_text");

/** Cards always show their author; consecutive short messages of one author show it once. */
function isContinued(previous, message, zone) {
  if (previous === null || isCard(message) || message.subtype) return false;
  return (
    previous.user === message.user &&
    Boolean(previous.is_ephemeral) === Boolean(message.is_ephemeral) &&
    instantOf(message.ts) - instantOf(previous.ts) < GROUPED_MS &&
    !isNewDay(previous, message, zone)
  );
}
