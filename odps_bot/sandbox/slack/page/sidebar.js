// The sidebar: who acts, the channels, the direct messages and the people.
import { el, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./messages.js";

export class Sidebar {
  #shown = "";

  constructor(node, { state, session, onclose }) {
    Object.assign(this, { node, state, session, onclose });
  }

  update() {
    const { state, session } = this;
    const people = [...state.people.values()];
    const channels = [...state.channels.values()];
    const shown = JSON.stringify([
      people,
      channels,
      state.team,
      session.user,
      session.channel,
      [...session.unread],
    ]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const rooms = channels
      .filter((channel) => !channel.is_im)
      .sort((one, other) => one.name.localeCompare(other.name));
    const directs = channels.filter((channel) => channel.is_im);
    redraw(
      this.node,
      this.#head(),
      this.#actingAs(people.filter((person) => !person.is_bot)),
      el(
        "div",
        { class: "sidebar-lists" },
        list(
          "Channels",
          rooms.map((channel) =>
            this.#channel(
              channel,
              icon(channel.is_archived ? "archive" : channel.is_private ? "lock" : "hash"),
              channel.name,
            ),
          ),
        ),
        list(
          "Direct messages",
          directs.map((channel) => this.#direct(channel)),
        ),
        list(
          "People",
          people.map((person) => this.#person(person)),
        ),
      ),
    );
  }

  #head() {
    return el(
      "div",
      { class: "sidebar-head" },
      el(
        "div",
        {},
        el("div", { class: "team" }, this.state.team.name),
        el("div", { class: "tagline" }, "odps-bot sandbox"),
      ),
      el(
        "button",
        {
          type: "button",
          class: "quiet-button only-narrow",
          "aria-label": "Close the sidebar",
          onclick: this.onclose,
        },
        icon("close"),
      ),
    );
  }

  #actingAs(people) {
    const person = this.state.person(this.session.user);
    const choose = (event) => this.session.go({ user: event.target.value });
    return el(
      "label",
      { class: "acting" },
      avatar(person),
      el(
        "span",
        { class: "acting-text" },
        el("span", { class: "acting-label" }, "Acting as"),
        el("span", { class: "acting-name" }, person.real_name),
      ),
      icon("chevron"),
      el(
        "select",
        { "data-testid": "acting-as", "aria-label": "Acting as", onchange: choose },
        people.map(({ id, real_name: name }) =>
          el("option", { value: id, selected: id === this.session.user }, name),
        ),
      ),
    );
  }

  #direct(channel) {
    const other = this.state.person(
      channel.members?.find((id) => id !== this.session.user) ?? this.state.app?.user_id,
    );
    return this.#channel(channel, avatar(other, "avatar-small"), other.real_name, other.is_bot);
  }

  #channel(channel, picture, label, isApp = false) {
    const isCurrent = channel.id === this.session.channel;
    const isUnread = this.session.unread.has(channel.id);
    const open = () => (this.session.go({ channel: channel.id }), this.onclose());
    return el(
      "button",
      {
        type: "button",
        class: `side-item${isUnread ? " is-unread" : ""}${channel.is_archived ? " is-archived" : ""}`,
        "aria-current": isCurrent ? "page" : null,
        "data-testid": `channel-${channel.name}`,
        onclick: open,
      },
      el("span", { class: "side-picture" }, picture),
      el("span", { class: "side-label" }, label),
      isApp && el("span", { class: "app-badge" }, "APP"),
      isUnread && el("span", { class: "unread-dot", role: "img", "aria-label": "unread" }),
    );
  }

  #person(person) {
    const isYou = person.id === this.session.user;
    const content = [
      el("span", { class: "side-picture" }, avatar(person, "avatar-small")),
      el("span", { class: "side-label" }, person.real_name),
      person.is_bot && el("span", { class: "app-badge" }, "APP"),
      isYou && el("span", { class: "side-note" }, "you"),
    ];
    if (person.is_bot || isYou) return el("div", { class: "side-item is-still" }, content);
    const attributes = {
      type: "button",
      class: "side-item",
      title: `Act as ${person.real_name}`,
      "data-testid": `act-as-${person.name}`,
    };
    return el(
      "button",
      { ...attributes, onclick: () => this.session.go({ user: person.id }) },
      content,
    );
  }
}

const list = (title, items) =>
  el(
    "section",
    { class: "side-list", "aria-label": title },
    el("h2", {}, title),
    el(
      "ul",
      {},
      items.map((item) => el("li", {}, item)),
    ),
  );
