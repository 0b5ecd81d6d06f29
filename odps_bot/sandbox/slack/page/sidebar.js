// The sidebar: the acting person, channels, the app and people.
import { el, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { avatar, originBadge } from "./messages.js";
import { canBeActedAs } from "./session.js";
import { THEMES, chooseTheme, currentTheme } from "./theme.js";

export class Sidebar {
  #shown = "";

  /** `onclose` closes the drawer, `onswitch` opens the channel switcher, `onopen(channel)` opens a channel. */
  constructor(node, { state, session, onclose, onswitch, onopen }) {
    Object.assign(this, { node, state, session, onclose, onswitch, onopen });
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
      [...session.mentions],
      currentTheme(),
      state.app,
    ]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const rooms = channels
      .filter((channel) => !channel.is_im)
      .sort((one, other) => one.name.localeCompare(other.name));
    const appChannel = state.appChannel();
    const directs = channels.filter((channel) => channel.is_im && channel !== appChannel);
    redraw(
      this.node,
      this.#head(),
      this.#actingAs(people.filter(canBeActedAs)),
      el(
        "div",
        { class: "sidebar-lists" },
        list(
          "Channels",
          rooms.map((channel) => this.#channel(channel, icon(channelIcon(channel)), channel.name)),
        ),
        appChannel && list("Apps", [this.#direct(appChannel)]),
        directs.length > 0 &&
          list(
            "Direct messages",
            directs.map((channel) => this.#direct(channel)),
          ),
        list(
          "People",
          people.filter(({ is_bot: isBot }) => !isBot).map((person) => this.#person(person)),
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
        "div",
        { class: "sidebar-tools" },
        el(
          "button",
          {
            type: "button",
            class: "quiet-button",
            "aria-label": "Go to a channel",
            "aria-keyshortcuts": "Control+K",
            title: "Go to a channel (Ctrl+K)",
            onclick: this.onswitch,
          },
          icon("search"),
        ),
        this.#themeMenu(),
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
      ),
    );
  }

  #themeMenu() {
    const current = currentTheme();
    const entries = () =>
      THEMES.map(({ id, label }) => ({
        label: `${label}${id === current ? " ✓" : ""}`,
        choose: () => (chooseTheme(id), this.update()),
      }));
    const { face } = THEMES.find(({ id }) => id === current);
    const attributes = {
      class: "quiet-button",
      "aria-label": "Theme",
      "data-testid": "theme",
    };
    return menuButton(icon(face), entries, { ...attributes, title: "Theme" });
  }

  #actingAs(people) {
    const person = this.state.person(this.session.user);
    const choose = (event) => this.session.go({ user: event.target.value });
    const option = ({ id, real_name: name, is_guest: isGuest }) =>
      el(
        "option",
        { value: id, selected: id === this.session.user },
        isGuest ? `${name} (guest)` : name,
      );
    const teams = Map.groupBy(
      people.filter(({ is_external: isForeign }) => isForeign),
      ({ team_name: name }) => name,
    );
    return el(
      "label",
      { class: "acting" },
      avatar(person),
      el(
        "span",
        { class: "acting-text" },
        el("span", { class: "acting-label" }, "Acting as"),
        el("span", { class: "acting-name" }, person.real_name, " ", originBadge(person)),
      ),
      icon("chevron"),
      el(
        "select",
        { "data-testid": "acting-as", "aria-label": "Acting as", onchange: choose },
        people.filter(({ is_external: isForeign }) => !isForeign).map(option),
        [...teams].map(([label, members]) => el("optgroup", { label }, members.map(option))),
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
    const count = this.session.mentions.get(channel.id) ?? 0;
    const open = () => (this.onopen(channel), this.onclose());
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
      channel.is_shared && sharedMark(channel),
      isUnread &&
        (count > 0
          ? el(
              "span",
              { class: "mention-count", role: "img", "aria-label": `${count} for you, unread` },
              String(count),
            )
          : el("span", { class: "unread-dot", role: "img", "aria-label": "unread" })),
    );
  }

  #person(person) {
    const isYou = person.id === this.session.user;
    const content = [
      el("span", { class: "side-picture" }, avatar(person, "avatar-small")),
      el("span", { class: "side-label" }, person.real_name),
      person.is_bot && el("span", { class: "app-badge" }, "APP"),
      originBadge(person),
      person.is_deactivated && el("span", { class: "team-badge" }, "deactivated"),
      isYou && el("span", { class: "side-note" }, "you"),
    ];
    if (!canBeActedAs(person) || isYou) return el("div", { class: "side-item is-still" }, content);
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

/** Return the icon name of a channel. */
export const channelIcon = (channel) =>
  channel.is_archived ? "archive" : channel.is_private ? "lock" : "hash";

function sharedMark({ connected_teams: teams = [] }) {
  const label = `shared with ${teams.map(({ name }) => name).join(", ") || "another workspace"}`;
  return el(
    "span",
    { class: "shared-mark", role: "img", "aria-label": label, title: label },
    icon("shared"),
  );
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
