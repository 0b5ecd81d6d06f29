// The acting person and what is open. It is kept in the URL: a reload or a second window starts there, and the
// browser's Back button closes the thread.

export class Session extends EventTarget {
  user;
  channel = null;
  thread = null;
  tab = null; // of the app's conversation: "home", or null for the messages
  drafts = new Map(); // unsent texts by place
  sent = []; // sent texts, newest last
  unread = new Set(); // channels
  mentions = new Map(); // number of mentions by channel
  threadMentions = new Map(); // number of mentions in threads that are not open, by root ts

  constructor(firstUser) {
    super();
    Object.assign(this, readAddress());
    this.user ??= firstUser;
  }

  /** Clear what is unread, for another person. */
  forgetUnread() {
    this.unread.clear();
    this.mentions.clear();
    this.threadMentions.clear();
  }

  /** Mark a mention of the acting person in a thread that is not open. */
  markThread(ts) {
    this.threadMentions.set(ts, (this.threadMentions.get(ts) ?? 0) + 1);
  }

  /** Mark a new message in another channel; `isMention` if it mentions the acting person. */
  markUnread(channel, { isMention }) {
    this.unread.add(channel);
    if (isMention) this.mentions.set(channel, (this.mentions.get(channel) ?? 0) + 1);
  }

  markRead(channel) {
    this.unread.delete(channel);
    this.mentions.delete(channel);
  }

  /** Fall back to the first person and channel if those in the URL do not exist. */
  settle(state) {
    this.#change(existing(this, state), "replace");
  }

  /** Go where the URL says, after the browser's Back button. */
  follow(state) {
    this.#change({ ...readAddress(), ...existing(readAddress(), state) }, "replace");
  }

  /** Change any of user, channel, thread and tab, and emit one event. Another channel closes the thread. */
  go(change) {
    this.#change(change, "push");
  }

  #change(change, how) {
    const before = { user: this.user, channel: this.channel, thread: this.thread, tab: this.tab };
    if ("channel" in change && change.channel !== this.channel)
      Object.assign(this, { thread: null, tab: null });
    Object.assign(this, change);
    if (Object.keys(before).every((key) => before[key] === this[key])) return;
    history[`${how}State`](null, "", addressOf(this));
    this.threadMentions.delete(this.thread);
    this.dispatchEvent(new CustomEvent("change", { detail: before }));
  }
}

/** Return whether one can act as this person. */
export const canBeActedAs = (person) => !person.is_bot && !person.is_deactivated;

function existing({ user, channel, tab }, state) {
  const people = [...state.people.values()].filter(canBeActedAs);
  const channels = [...state.channels.values()];
  const person = people.find(({ id }) => id === user) ?? people[0];
  const place = channels.find(({ id }) => id === channel);
  const home = tab === "home" ? state.appChannel() : null;
  const other = home ?? channels.find((one) => one.bot_is_member) ?? channels[0];
  return {
    user: person?.id ?? null,
    channel: (place ?? other)?.id ?? null,
    ...(!place && home && { tab }), // everybody has their own home tab
  };
}

function readAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  const [user, channel, thread, tab] = ["as", "in", "thread", "tab"].map((key) => address.get(key));
  return { user, channel, thread, tab };
}

function addressOf({ user, channel, thread, tab }) {
  const all = Object.entries({ as: user, in: channel, thread, tab });
  const address = all.filter(([, value]) => value);
  return `#${new URLSearchParams(address)}`;
}
