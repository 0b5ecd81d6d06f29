// Assembles the page: events of the server update the state, actions of people go to the server.
import { Actions } from "./actions.js";
import { ChannelView } from "./channel_view.js";
import { Composer } from "./composer.js";
import { channelEntries, makeContext, shortcutEntries } from "./context.js";
import { el } from "./dom.js";
import {
  focusForTyping,
  hasRoomForPane,
  isSidebarOpen,
  showPane,
  showSidebar,
  watchLayout,
} from "./layout.js";
import { HomeTab } from "./home.js";
import { ModalStack } from "./modal.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { openPalette } from "./palette.js";
import { followPermalinks, linkedMessage } from "./permalinks.js";
import { Session } from "./session.js";
import { Sidebar } from "./sidebar.js";
import { State, mentions } from "./state.js";
import { Sync } from "./sync.js";
import { applyTheme, recall, remember } from "./theme.js";
import { ThreadPane } from "./thread.js";
import { Topbar } from "./topbar.js";
import { showToast } from "./toast.js";
import { TourPane } from "./tour.js";
import { TourGuide } from "./tour_guide.js";
import { TrafficDrawer } from "./traffic.js";

const FIRST_USER = "U0ALICE";
const TOUR_KEY = "odps-bot-tour";
const BUILT_IN_COMMANDS = [
  { command: "/invite", usage_hint: "@odps", description: "Invite the bot to this channel" },
  { command: "/me", usage_hint: "what you do", description: "Say what you are doing" },
];

const byId = (id) => document.getElementById(id);

applyTheme();
const state = new State();
const session = new Session(FIRST_USER);
const view = { isLost: false, isTourOpen: hasRoomForPane() && recall(TOUR_KEY) !== "closed" };
const actions = new Actions({
  state,
  session,
  onActivity: () => traffic.scheduleRefresh(),
  onSent: (text) => tour.markSent(text),
});
const context = makeContext({ state, session, actions });
const people = () => [...state.people.values()].filter((person) => !person.is_deactivated);

const composer = new Composer(session, {
  id: "composer-input",
  testId: "composer",
  sendTestId: "send",
  commands: () => [...(state.app?.commands ?? []), ...BUILT_IN_COMMANDS],
  people,
  send: (text, options) => actions.send(text, null, options),
  share: (file, comment) => actions.share(file, comment),
  openShortcuts,
});
const threadComposer = new Composer(session, {
  id: "thread-input",
  testId: "thread-composer",
  sendTestId: "thread-send",
  people,
  send: (text, options) => actions.send(text, session.thread, options),
  share: (file, comment) => actions.share(file, comment, session.thread),
  moveCommand: (text) => composer.write(text),
});
const channelView = new ChannelView(byId("log-frame"), {
  context,
  state,
  session,
  composer,
  openTour: () => (session.go({ thread: null }), showTour(true)),
});
const inThread = Object.create(context, { openThread: { value: null } });
const thread = new ThreadPane({
  context: inThread,
  composer: threadComposer,
  onclose: closeThread,
});
const home = new HomeTab(context);
const modals = new ModalStack(context, { submit: actions.submitView, close: actions.closeView });
const guide = new TourGuide({
  state,
  session,
  channelView,
  home,
  composer,
  threadComposer,
  openShortcuts,
  send: (text) => actions.send(text, null),
  render,
});
const tour = new TourPane({
  nameOf: (name) => people().find((person) => person.name === name)?.real_name ?? name,
  onpick(step) {
    if (!hasRoomForPane()) showTour(false);
    guide.show(step);
    if (!step.command) tour.markDone(step);
  },
  onclose: () => showTour(false),
});
const traffic = new TrafficDrawer(byId("traffic"), {
  zone: () => context.zone,
  onclose: () => showTraffic(false),
});
const sidebar = new Sidebar(byId("sidebar"), {
  state,
  session,
  onclose: () => showSidebar(false),
  onswitch: switchChannel,
  onopen: openChannel,
});
const topbar = new Topbar(byId("topbar"), byId("banners"), {
  state,
  session,
  actions: {
    openSidebar: () => showSidebar(true),
    toggleTour,
    toggleTraffic: () => showTraffic(!traffic.isOpen),
  },
});
const sync = new Sync({
  state,
  session,
  firstUser: FIRST_USER,
  onlost: onConnection,
  onevent: () => traffic.scheduleRefresh(),
  onreset: onReset,
});

// Navigation

/** The app opens at its home tab unless it has unread messages. */
function openChannel(channel) {
  const isApp = channel === state.appChannel() && state.app?.has_home_tab;
  const isHome = isApp && !session.unread.has(channel.id);
  session.go({ channel: channel.id, tab: isHome ? "home" : null });
}

/** Go to the message of a permalink, into its thread if it is a reply. */
function openMessage({ channel, ts, thread: root }) {
  if (!state.channels.has(channel)) return showToast("You can’t see this conversation.");
  session.go({ channel, thread: root, tab: null });
  render();
  if (!(root ? thread : channelView).reveal(ts)) showToast("This message was deleted.");
}

function switchChannel() {
  openPalette({ label: "Go to a channel", entries: channelEntries(state, openChannel) });
}

function openShortcuts() {
  const empty = "The bot has no shortcuts of this kind.";
  openPalette({ label: "Run a shortcut", entries: shortcutEntries(state, actions), empty });
}

function closeThread() {
  session.go({ thread: null });
  focusForTyping(composer);
}

function toggleTour() {
  const isHidden = session.thread !== null || !view.isTourOpen;
  session.go({ thread: null });
  showTour(isHidden);
}

function showTour(isOpen) {
  view.isTourOpen = isOpen;
  remember(TOUR_KEY, isOpen ? "open" : "closed");
  draw();
}

function showTraffic(isOpen) {
  traffic.show(isOpen);
  draw();
}

function handleKey(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    switchChannel();
  } else if (event.key === "Escape") closeNearest();
}

function closeNearest() {
  if (isSidebarOpen()) showSidebar(false);
  else if (session.thread) closeThread();
  else if (traffic.isOpen) showTraffic(false);
  else if (view.isTourOpen && !hasRoomForPane()) showTour(false);
  else if (!isAtHome()) composer.focus();
}

// Rendering

let frame = 0;

/** Draw once per frame. A hidden page gets no frames, so it draws by a timer. */
function draw() {
  if (frame) return;
  const once = () => {
    frame = 0;
    render();
  };
  frame = document.hidden ? setTimeout(once, 100) : requestAnimationFrame(once);
}

function render() {
  const hasTour = state.tour.length > 0;
  const isTourShown = hasTour && view.isTourOpen && !session.thread;
  topbar.update({
    isLost: view.isLost,
    hasTour,
    isTourOpen: isTourShown,
    isTrafficOpen: traffic.isOpen,
  });
  if (!state.isLoaded) return;
  const channel = state.channels.get(session.channel);
  const isHome = isAtHome();
  sidebar.update();
  byId("main").classList.toggle("is-home", isHome);
  if (isHome) home.update(state.home, state.app);
  else channelView.update(channel);
  showPane(session.thread ? thread.node : isTourShown ? tour.node : null);
  if (session.thread && channel) channelView.updateThread(channel, thread, threadComposer);
  if (isTourShown) tour.update(state.tour);
  modals.update(state.views);
  document.title = titleOf(channel);
}

const isAtHome = () =>
  session.tab === "home" && state.app?.has_home_tab && session.channel === state.appChannel()?.id;

function titleOf(channel) {
  const count = [...session.mentions.values()].reduce((sum, one) => sum + one, 0);
  const place = channel ? `${channelView.nameOf(channel)} · ` : "";
  return `${count > 0 ? `(${count}) ` : ""}${place}odps-bot sandbox`;
}

// Events

function onConnection(isLost) {
  view.isLost = isLost;
  draw();
}

/** Drafts, ticks and open threads refer to what no longer exists. */
function onReset() {
  session.go({ thread: null });
  location.reload();
}

function onMessage({ detail: { message, isNew } }) {
  draw();
  if (!isNew || message.user === session.user) return;
  const isForYou = mentions(message, session.user);
  const isMention = isForYou || Boolean(state.channels.get(message.channel)?.is_im);
  const isInThread = message.thread_ts && message.thread_ts !== message.ts;
  if (isForYou && isInThread && message.thread_ts !== session.thread)
    session.markThread(message.thread_ts);
  if (message.channel === session.channel && !isAtHome()) announce(message);
  else session.markUnread(message.channel, { isMention });
}

function announce(message) {
  const text = el("div", {}, renderMrkdwn(message.text ?? "", context)).textContent;
  byId("announcer").replaceChildren(
    el("p", {}, `${context.person(message.user).real_name}: ${text}`),
  );
}

function onSessionChange({ detail: before }) {
  const isSame = (key) => before[key] === session[key];
  if (!isSame("user")) {
    session.forgetUnread();
    sync.start();
    modals.clear();
    home.clear();
  }
  if (!isAtHome()) session.markRead(session.channel);
  if (!isSame("user") || !isSame("channel")) channelView.clear();
  if (!isSame("user") || !isSame("thread")) thread.clear();
  if (isSame("user") && state.isLoaded) reportVisit(before);
  draw();
  if (!isSame("thread") && session.thread) focusForTyping(thread);
}

/** Report to the app that its home or messages tab was opened. */
function reportVisit({ channel, tab } = {}) {
  if (channel === session.channel && tab === session.tab) return;
  if (session.channel !== state.appChannel()?.id) return;
  actions.openHome(isAtHome() ? "home" : "messages");
}

let reportedUser = null;

function onLoaded() {
  session.settle(state);
  if (reportedUser !== session.user) reportVisit();
  reportedUser = session.user;
  draw();
  document.body.removeAttribute("aria-busy");
  const linked = linkedMessage(location.href);
  if (!linked) return;
  history.replaceState(null, "", `/${location.hash}`);
  openMessage(linked);
}

state.addEventListener("loaded", onLoaded);
state.addEventListener("workspace", () => (session.settle(state), draw()));
state.addEventListener("view", draw);
state.addEventListener("message", onMessage);
session.addEventListener("change", onSessionChange);
window.addEventListener("popstate", () => state.isLoaded && session.follow(state));
document.addEventListener("keydown", handleKey);
byId("log-frame").append(home.node);
byId("composer").append(composer.node);

followPermalinks(openMessage);
watchLayout();
sync.start();
focusForTyping(composer);
