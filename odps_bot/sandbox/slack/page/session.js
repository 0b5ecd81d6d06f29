// Who acts and what is open. It lives in the address: a reload or a second window starts where one was, and
// the browser's Back closes the thread.

export class Session extends EventTarget {
  user;
  channel = null;
  thread = null;
  drafts = new Map(); // what was typed and not sent, by place
  sent = []; // what was sent, newest last
  unread = new Set(); // channels

  constructor(firstUser) {
    super();
    Object.assign(this, readAddress());
    this.user ??= firstUser;
  }

  /** Fall back to the first person and the first channel where the address names none that exist. */
  settle(state) {
    this.#change(existing(this, state), "replace");
  }

  /** Go where the address says, as after the browser's Back. */
  follow(state) {
    this.#change({ ...readAddress(), ...existing(readAddress(), state) }, "replace");
  }

  /** Change some of user, channel and thread, and tell once. Another channel closes the thread. */
  go(change) {
    this.#change(change, "push");
  }

  #change(change, how) {
    const before = { user: this.user, channel: this.channel, thread: this.thread };
    if ("channel" in change && change.channel !== this.channel) this.thread = null;
    Object.assign(this, change);
    if (Object.keys(before).every((key) => before[key] === this[key])) return;
    history[`${how}State`](null, "", addressOf(this));
    this.dispatchEvent(new CustomEvent("change", { detail: before }));
  }
}

function existing({ user, channel }, state) {
  const people = [...state.people.values()].filter((person) => !person.is_bot);
  const channels = [...state.channels.values()];
  const person = people.find(({ id }) => id === user) ?? people[0];
  const place =
    channels.find(({ id }) => id === channel) ??
    channels.find((one) => one.bot_is_member) ??
    channels[0];
  return { user: person?.id ?? null, channel: place?.id ?? null };
}

function readAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  return { user: address.get("as"), channel: address.get("in"), thread: address.get("thread") };
}

function addressOf({ user, channel, thread }) {
  const address = Object.entries({ as: user, in: channel, thread }).filter(([, value]) => value);
  return `#${new URLSearchParams(address)}`;
}
