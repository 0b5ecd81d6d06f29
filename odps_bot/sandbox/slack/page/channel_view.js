// A channel and its threads: which messages are shown where, and whether one can post.
import { el } from "./dom.js";
import { MessageList } from "./message_list.js";
import { pointAt } from "./pointer.js";

export class ChannelView {
  #log;
  #introductions = new Map();

  /** `openTour()` opens the tour. */
  constructor(node, { context, state, session, composer, openTour }) {
    Object.assign(this, { state, session, composer, openTour });
    this.#log = new MessageList(context, "Messages");
    node.append(this.#log.node);
  }

  /** Show a channel, or a note that there is none. */
  update(channel) {
    if (!channel) {
      this.#log.show([], { intro: el("p", { class: "gone" }, "There is no such channel.") });
      return;
    }
    const threads = this.state.threads(channel.id);
    const items = this.state.roots(channel.id).map((message) => {
      const thread = threads.get(message.ts);
      const forYou = this.session.threadMentions.get(message.ts) ?? 0;
      return { message, thread: thread && { ...thread, forYou } };
    });
    this.#log.show(items, { intro: this.#introduction(channel) });
    const { user } = this.session;
    const firstName = this.state.person(user).real_name.split(" ")[0];
    const label = `Message ${this.nameOf(channel)} as ${firstName}, or type /`;
    this.composer.open(`${user} ${channel.id}`, { label, closed: closedBecause(channel) });
  }

  /** Show the open thread of a channel in its pane. */
  updateThread(channel, pane, composer) {
    const { thread, user } = this.session;
    pane.update({
      root: this.state.message(channel.id, thread),
      replies: this.state.replies(channel.id, thread),
      place: this.nameOf(channel),
    });
    const place = `${user} ${channel.id} ${thread}`;
    composer.open(place, {
      label: "Reply…",
      closed: closedBecause(channel),
      broadcastTo: channel.is_im ? null : this.nameOf(channel),
    });
  }

  /** Clear the messages, for another channel or person. */
  clear() {
    this.#log.clear();
  }

  /** Open the menu of a message; return whether it shows. */
  openMenuOf(ts) {
    return this.#log.openMenuOf(ts);
  }

  /** Point at the newest element with this action id; resolves to whether there is one. */
  pointAt(actionId) {
    return pointAt(this.#log.node, actionId, -1);
  }

  /** Show one of the messages; return whether it is there. */
  reveal(ts) {
    return this.#log.reveal(ts);
  }

  nameOf(channel) {
    return channel.is_im ? channel.name : `#${channel.name}`;
  }

  #introduction(channel) {
    const name = this.nameOf(channel);
    if (!this.#introductions.has(name)) {
      const title = channel.is_im
        ? `This is your conversation with @${channel.name}`
        : `This is the beginning of ${name}`;
      const button = { type: "button", class: "link-button", onclick: this.openTour };
      const node = el(
        "div",
        { class: "introduction" },
        el("h2", {}, title),
        el("p", {}, "Type /odps help to see what the bot can do."),
        this.state.tour.length > 0 && el("button", button, "Show me things to try"),
      );
      this.#introductions.set(name, node);
    }
    return this.#introductions.get(name);
  }
}

const closedBecause = (channel) => (channel.is_archived ? "This channel is archived" : null);
