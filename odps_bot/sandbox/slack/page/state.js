// What the acting person can see, updated by events. It does not use the DOM.

const SLACKBOT = {
  id: "USLACKBOT",
  name: "slackbot",
  real_name: "Slackbot",
  color: "#6b7280",
  is_bot: true,
};

/** Compare two message timestamps ("seconds.micros"), older first. */
export function compareTs(one, other) {
  const [a, b] = [one, other].map((ts) => String(ts).padStart(20, "0"));
  return a < b ? -1 : Number(a > b);
}

export class State extends EventTarget {
  team = { name: "Sandbox" };
  people = new Map();
  channels = new Map();
  app = null;
  tour = [];
  views = []; // the modals of the acting person, bottom first
  home = null; // the home tab of the acting person
  userGroups = new Map();
  isLoaded = false;
  #messages = new Map();

  /** Replace everything by the server's response. */
  load(response) {
    this.team = response.team;
    this.app = response.app;
    this.tour = response.tour ?? [];
    this.views = response.views ?? [];
    this.home = response.home ?? null;
    this.userGroups = byId(response.user_groups ?? []);
    this.people = byId(response.people);
    this.channels = byId(response.channels);
    this.#messages = new Map();
    for (const [channel, messages] of Object.entries(response.messages)) {
      this.#messages.set(channel, new Map(messages.map((message) => [message.ts, message])));
    }
    this.isLoaded = true;
    this.#emit("loaded");
  }

  /** Clear messages and views, which another person must not see even briefly. */
  forget() {
    this.#messages = new Map();
    this.views = [];
    this.home = null;
  }

  /** Apply an event of the stream; repeated ones have no effect. */
  apply(event) {
    switch (event.type) {
      case "message":
      case "message_changed": {
        const messages = this.#of(event.message.channel);
        const isNew = event.type === "message" && !messages.has(event.message.ts);
        messages.set(event.message.ts, event.message);
        this.#emit("message", { message: event.message, isNew });
        break;
      }
      case "message_deleted":
        this.#of(event.channel).delete(event.ts);
        this.#emit("message", { message: null, isNew: false });
        break;
      case "view_opened":
      case "view_updated":
      case "view_closed":
      case "home_published":
        this.#takeView(event);
        this.#emit("view");
        break;
      case "channel_deleted":
        this.channels.delete(event.channel);
        this.#emit("workspace");
        break;
      case "channel_changed":
        this.channels.set(event.channel.id, event.channel);
        this.#emit("workspace");
        break;
      case "app_changed":
        this.app = event.app;
        this.#emit("workspace");
        break;
      default: // unknown events
    }
  }

  person(id) {
    return (
      this.people.get(id) ??
      (id === SLACKBOT.id ? SLACKBOT : { id, name: id, real_name: id, color: "#6b7280" })
    );
  }

  /** Return the acting person's conversation with the app, or undefined. */
  appChannel() {
    const appUser = this.app?.user_id;
    return [...this.channels.values()].find(
      (channel) => channel.is_im && channel.members?.includes(appUser),
    );
  }

  message(channel, ts) {
    return this.#messages.get(channel)?.get(ts) ?? null;
  }

  /** Return the messages of the channel itself, oldest first: roots, and replies also sent to the channel. */
  roots(channel) {
    return this.#sorted(
      channel,
      (message) => !isReply(message) || message.subtype === "thread_broadcast",
    );
  }

  /** Return the replies to a message, oldest first, without the message itself. */
  replies(channel, ts) {
    return this.#sorted(channel, (message) => isReply(message) && message.thread_ts === ts);
  }

  /** Return the newest message of the app in a channel that is not ephemeral, or null. */
  newestOfApp(channel) {
    const messages = this.roots(channel).filter(
      (message) => message.user === this.app?.user_id && !message.is_ephemeral,
    );
    return messages.at(-1) ?? null;
  }

  /** Return the reply counts, last replies and repliers of all threads of a channel, by the root's ts. */
  threads(channel) {
    const threads = new Map();
    for (const reply of this.#sorted(channel, isReply)) {
      if (reply.is_ephemeral) continue;
      const thread = threads.get(reply.thread_ts) ?? { count: 0, users: new Set() };
      thread.count += 1;
      thread.lastTs = reply.ts;
      thread.users.add(reply.user);
      threads.set(reply.thread_ts, thread);
    }
    return threads;
  }

  /** An opened view is pushed onto the one it names; one that names none replaces all. */
  #takeView({ type, view }) {
    const others = this.views.filter(({ id }) => id !== view.id);
    if (type === "home_published") this.home = view;
    else if (type === "view_closed") this.views = others;
    else if (type === "view_opened") this.views = [...(view.previous_view_id ? others : []), view];
    else this.views = this.views.map((one) => (one.id === view.id ? view : one));
  }

  #of(channel) {
    if (!this.#messages.has(channel)) this.#messages.set(channel, new Map());
    return this.#messages.get(channel);
  }

  #sorted(channel, isWanted) {
    const messages = [...(this.#messages.get(channel)?.values() ?? [])];
    return messages.filter(isWanted).sort((a, b) => compareTs(a.ts, b.ts));
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const BROADCASTS = ["<!channel>", "<!here>", "<!everyone>"];

/**
 * Return whether a message mentions this person, by name or with everybody. In a message with blocks the text is
 * only for notifications, and mentions in `context` blocks do not count.
 */
export function mentions(message, user) {
  const marks = [`<@${user}>`, `<@${user}|`, ...BROADCASTS];
  const isMarked = (text = "") => marks.some((mark) => text.includes(mark));
  const speaks = (part) => {
    if (!part || typeof part !== "object" || part.type === "context") return false;
    if (part.type === "mrkdwn" || part.type === "markdown") return isMarked(part.text);
    if (part.type === "user") return part.user_id === user;
    return part.type === "broadcast" || Object.values(part).some(speaks);
  };
  return message.blocks?.length > 0 ? message.blocks.some(speaks) : isMarked(message.text);
}

const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;
const byId = (things) => new Map(things.map((thing) => [thing.id, thing]));
