// The header of the channel and the banners below it.
import * as api from "./api.js";
import { confirmClick } from "./dialog.js";
import { el, redraw } from "./dom.js";
import { failureText } from "./failure_texts.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { avatar } from "./messages.js";
import { channelIcon } from "./sidebar.js";
import { showToast } from "./toast.js";

export class Topbar {
  #shown = "";

  /** `actions` are `openSidebar`, `toggleTour` and `toggleTraffic`. */
  constructor(node, banners, { state, session, actions }) {
    Object.assign(this, { node, banners, state, session, actions });
  }

  /** `view` is the state of the page: `{isLost, isTourOpen, isTrafficOpen, hasTour}`. */
  update(view) {
    const channel = this.state.channels.get(this.session.channel);
    const shown = JSON.stringify([
      channel,
      this.state.app,
      this.session.user,
      this.session.tab,
      view,
      this.session.unread.size > 0,
    ]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    redraw(
      this.node,
      this.#menu(),
      channel && this.#title(channel),
      channel && channel === this.state.appChannel() && this.#tabs(),
      this.#tools(channel, view),
    );
    redraw(this.banners, this.#bannersFor(channel, view));
  }

  #menu() {
    const hasUnread = this.session.unread.size > 0;
    return el(
      "button",
      {
        type: "button",
        class: "quiet-button only-narrow",
        "aria-label": "Open the sidebar",
        "data-testid": "open-sidebar",
        onclick: this.actions.openSidebar,
      },
      icon("menu"),
      hasUnread &&
        el("span", { class: "unread-dot", role: "img", "aria-label": "unread messages" }),
    );
  }

  #title(channel) {
    const other = channel.is_im
      ? this.state.person(channel.members?.find((id) => id !== this.session.user))
      : null;
    const picture = other ? avatar(other, "avatar-small") : icon(channelIcon(channel));
    return el(
      "div",
      { class: "channel-title" },
      el("h1", {}, picture, el("span", {}, other ? other.real_name : channel.name)),
      channel.topic && el("p", { class: "topic", title: channel.topic }, channel.topic),
    );
  }

  /** The tabs of the app's conversation; arrow keys move between them. */
  #tabs() {
    const { app } = this.state;
    const tabs = [
      app?.has_home_tab && ["home", "Home"],
      app?.has_messages_tab !== false && [null, "Messages"],
    ].filter(Boolean);
    if (tabs.length < 2) return null;
    const tab = ([id, label]) =>
      el(
        "button",
        {
          type: "button",
          role: "tab",
          class: "tab",
          "aria-selected": String(this.session.tab === id),
          tabindex: this.session.tab === id ? "0" : "-1",
          "data-testid": `tab-${label.toLowerCase()}`,
          onclick: () => this.session.go({ tab: id }),
        },
        label,
      );
    const node = el(
      "div",
      { class: "tabs", role: "tablist", "aria-label": app.name },
      tabs.map(tab),
    );
    node.addEventListener("keydown", ({ key, target }) => {
      if (key !== "ArrowLeft" && key !== "ArrowRight") return;
      const other = target.nextElementSibling ?? target.previousElementSibling;
      other.focus();
      other.click();
    });
    return node;
  }

  #tools(channel, view) {
    const toggle = (name, label, testId, isOn, onclick) =>
      el(
        "button",
        {
          type: "button",
          class: "tool-button",
          "aria-pressed": String(isOn),
          "data-testid": testId,
          title: label,
          onclick,
        },
        icon(name),
        el("span", {}, label),
      );
    return el(
      "div",
      { class: "tools" },
      view.hasTour &&
        toggle("try", "Things to try", "toggle-tour", view.isTourOpen, this.actions.toggleTour),
      toggle(
        "traffic",
        "Traffic",
        "toggle-traffic",
        view.isTrafficOpen,
        this.actions.toggleTraffic,
      ),
      el(
        "button",
        {
          type: "button",
          class: "tool-button",
          "data-testid": "reset",
          title: "Reset the sandbox",
          onclick: askForReset,
        },
        icon("refresh"),
        el("span", {}, "Reset"),
      ),
      channel && !channel.is_im && this.#channelMenu(channel),
    );
  }

  #channelMenu(channel) {
    const { user } = this.session;
    const bot = `@${this.state.app?.name ?? "odps"}`;
    const entries = () => [
      channel.bot_is_member
        ? {
            label: `Remove ${bot} from this channel`,
            choose: () => attempt(api.kick(user, channel.id)),
          }
        : {
            label: `Invite ${bot} to this channel`,
            choose: () => attempt(api.invite(user, channel.id)),
          },
      channel.is_archived
        ? {
            label: "Restore this channel",
            choose: () => attempt(api.archive(user, channel.id, false)),
          }
        : {
            label: "Archive this channel",
            isDanger: true,
            choose: () => attempt(api.archive(user, channel.id, true)),
          },
    ];
    return menuButton(icon("more"), entries, {
      class: "tool-button",
      "aria-label": "Channel actions",
      "data-testid": "channel-menu",
    });
  }

  #bannersFor(channel, { isLost }) {
    const { app } = this.state;
    const { session } = this;
    const invite = () => attempt(api.invite(session.user, channel.id));
    return [
      isLost && banner("lost", "Connection to the sandbox lost. Reconnecting…"),
      !isLost &&
        app &&
        !app.is_connected &&
        banner(
          "offline",
          "The bot is not running, so commands and clicks get no response.",
        ),
      channel?.is_archived && banner("info", "This channel is archived."),
      channel &&
        !channel.is_archived &&
        !channel.is_im &&
        app &&
        !channel.bot_is_member &&
        banner(
          "info",
          `@${app.name} is not in this channel and can’t post here.`,
          el(
            "button",
            { type: "button", class: "link-button", "data-testid": "invite", onclick: invite },
            `Invite @${app.name}`,
          ),
        ),
    ];
  }
}

const banner = (kind, text, action) =>
  el(
    "div",
    { class: `banner banner-${kind}`, "data-testid": `banner-${kind}` },
    el("span", {}, text),
    action,
  );

async function askForReset() {
  const isSure = await confirmClick({
    title: { text: "Reset the sandbox?" },
    text: {
      text:
        "Tables, instances, messages and the bot’s runs return to their initial state in every open window. " +
        "The bot and its workers keep running.",
    },
    confirm: { text: "Reset" },
    style: "danger",
  });
  if (isSure) await attempt(api.reset());
}

async function attempt(request) {
  const response = await request;
  if (!response.ok) showToast(failureText(response.error));
}
