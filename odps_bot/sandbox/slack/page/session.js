// Who acts and what is open. It lives in the address, so a reload or a second window starts where one was.

export class Session extends EventTarget {
  user;
  channel = null;
  thread = null;
  drafts = new Map(); // what was typed and not sent, by place
  sent = []; // what was sent, newest last
  unread = new Set(); // channels

  constructor(firstUser) {
    super();
    const address = new URLSearchParams(location.hash.slice(1));
    this.user = address.get("as") ?? firstUser;
    this.channel = address.get("in");
    this.thread = address.get("thread");
  }

  /** Fall back to the first person and the first channel where the address names none that exist. */
  settle(state) {
    const people = [...state.people.values()].filter((person) => !person.is_bot);
    const channels = [...state.channels.values()];
    const user = people.find((person) => person.id === this.user) ?? people[0];
    const channel = channels.find((one) => one.id === this.channel) ?? channels.find((one) => one.bot_is_member) ?? channels[0];
    this.go({ user: user?.id ?? null, channel: channel?.id ?? null });
  }

  /** Change some of user, channel and thread, and tell once. Another channel closes the thread. */
  go(change) {
    const before = { user: this.user, channel: this.channel, thread: this.thread };
    if ("channel" in change && change.channel !== this.channel) this.thread = null;
    Object.assign(this, change);
    if (Object.keys(before).every((key) => before[key] === this[key])) return;
    this.#writeAddress();
    this.dispatchEvent(new CustomEvent("change", { detail: before }));
  }

  #writeAddress() {
    const address = new URLSearchParams();
    if (this.user) address.set("as", this.user);
    if (this.channel) address.set("in", this.channel);
    if (this.thread) address.set("thread", this.thread);
    history.replaceState(null, "", `#${address}`);
  }
}
