// The context of messages and views, and the actions on a message.
import { icon } from "./icons.js";
import { editMessage, forwardMessage } from "./message_forms.js";
import { channelIcon } from "./sidebar.js";
import { showToast } from "./toast.js";

const KINDS = { public: "public", private: "private", im: "im" };

/**
 * Return the context of messages and views. It reads `state` and `session` on use, so it is always that of the
 * acting person; `actions` are Actions.
 */
export function makeContext({ state, session, actions }) {
  const channelOption = ({ id, name }) => asOption(id, `#${name}`);
  const context = {
    get user() {
      return session.user;
    },
    get zone() {
      return state.person(session.user).tz ?? "UTC";
    },
    get currentConversation() {
      return session.channel;
    },
    person: (id) => state.person(id),
    channel: (id) => state.channels.get(id),
    userGroup: (id) => state.userGroups.get(id),
    people: () =>
      [...state.people.values()]
        .filter((person) => !person.is_deactivated)
        .map(({ id, real_name: name }) => asOption(id, name)),
    channels: () => conversations(state, { include: ["public", "private"] }).map(channelOption),
    conversations: (filter) =>
      conversations(state, filter).map((channel) =>
        channel.is_im ? asOption(channel.id, `@${channel.name}`) : channelOption(channel),
      ),
    openChannel: (channel) => session.go({ channel }),
    openThread: (ts) => session.go({ thread: ts }),
    openAppHome: () => state.app?.has_home_tab && openHome(state, session),
    actionsFor: (message) => messageActions(message, { state, session, actions, context }),
    ...actions,
  };
  return context;
}

const openHome = (state, session) => session.go({ channel: state.appChannel().id, tab: "home" });

/** https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object */
function conversations(state, { include = ["public", "private", "im"] } = {}) {
  const kindOf = (channel) =>
    channel.is_im ? KINDS.im : channel.is_private ? KINDS.private : KINDS.public;
  return [...state.channels.values()].filter(
    (channel) => !channel.is_archived && include.includes(kindOf(channel)),
  );
}

const asOption = (value, text) => ({ value, text: { type: "plain_text", text } });

function messageActions(message, { state, session, actions, context }) {
  const shortcuts = (state.app?.shortcuts ?? []).filter(({ type }) => type === "message");
  const isOwn = message.user === session.user && !message.bot_id;
  const canBeActedOn = !message.is_ephemeral;
  return [
    ...(canBeActedOn ? shortcuts : []).map((shortcut) => ({
      label: shortcut.name,
      description: shortcut.description || state.app.name,
      choose: () => actions.runShortcut(shortcut, message),
    })),
    { label: "Copy text", choose: () => copyText(message.text ?? "") },
    ...(canBeActedOn ? [forwardEntry(message, { state, actions })] : []),
    ...(isOwn && canBeActedOn ? ownEntries(message, { actions, context }) : []),
  ];
}

function forwardEntry(message, { state, actions }) {
  const places = conversations(state).map(({ id, name, is_im: isIm }) => ({
    value: id,
    label: isIm ? `@${name}` : `#${name}`,
  }));
  return {
    label: "Forward message…",
    choose: () => forwardMessage(message, { places, actions }),
  };
}

function ownEntries(message, { actions, context }) {
  const hasFiles = message.files?.some(({ mode }) => !/^(tombstone|hidden_by_limit)$/.test(mode));
  const fileEntries = [
    {
      label: "Hide the file",
      description: "as the limit of a free plan does",
      choose: () => actions.removeFiles(message, { hidden: true }),
    },
    {
      label: "Delete the file",
      isDanger: true,
      choose: () => actions.removeFiles(message, { hidden: false }),
    },
  ];
  return [
    { label: "Edit message…", choose: () => editMessage(message, { context, actions }) },
    ...(hasFiles ? fileEntries : []),
    { label: "Delete message", isDanger: true, choose: () => actions.deleteMessage(message) },
  ];
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    showToast("Copied.");
  } catch {
    showToast("The browser doesn’t allow copying here.");
  }
}

/** Return the entries of the channel switcher. */
export const channelEntries = (state, open) =>
  [...state.channels.values()].map((channel) => ({
    label: channel.is_im ? `@${channel.name}` : channel.name,
    description: channel.topic,
    picture: icon(channel.is_im ? "reply" : channelIcon(channel)),
    choose: () => open(channel),
  }));

/** Return the entries of the shortcuts palette. */
export const shortcutEntries = (state, actions) =>
  (state.app?.shortcuts ?? [])
    .filter(({ type }) => type === "global")
    .map((shortcut) => ({
      label: shortcut.name,
      description: shortcut.description,
      picture: icon("bolt"),
      choose: () => actions.runShortcut(shortcut, null),
    }));
