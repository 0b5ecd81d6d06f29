// Puts the page together: what the server tells goes into the state, what people do goes to the server.
import * as api from "./api.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import {
  focusForTyping,
  hasRoomForPane,
  isSidebarOpen,
  showPane,
  showSidebar,
  watchFrame,
} from "./frame.js";
import { MessageLog } from "./log.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { Session } from "./session.js";
import { Sidebar } from "./sidebar.js";
import { State } from "./state.js";
import { Sync } from "./sync.js";
import { ThreadPane } from "./thread.js";
import { showToast } from "./toast.js";
import { Topbar } from "./topbar.js";
import { TourPane } from "./tour.js";
import { TrafficDrawer } from "./traffic.js";
import { clickFailure } from "./words.js";

const FIRST_USER = "U0ALICE";
const BUILT_IN_COMMANDS = [
  { command: "/invite", usage_hint: "@odps", description: "Let the bot post in this channel" },
];

const byId = (id) => document.getElementById(id);

const state = new State();
const session = new Session(FIRST_USER);
const view = { isLost: false, isTourOpen: hasRoomForPane() };

/** What messages need to know of the page; read when used, so it is always of the acting person. */
const context = {
  get user() {
    return session.user;
  },
  get zone() {
    return state.person(session.user).tz ?? "UTC";
  },
  person: (id) => state.person(id),
  channel: (id) => state.channels.get(id),
  people: () => [...state.people.values()].map(({ id, real_name: name }) => asOption(id, name)),
  channels: () =>
    [...state.channels.values()]
      .filter((one) => !one.is_im)
      .map(({ id, name }) => asOption(id, `#${name}`)),
  openChannel: (channel) => session.go({ channel }),
  openThread: (ts) => session.go({ thread: ts }),
  click,
};

const asOption = (value, text) => ({ value, text: { type: "plain_text", text } });

const log = new MessageLog(context, "Messages");
const composer = new Composer(session, {
  id: "composer-input",
  testId: "composer",
  sendTestId: "send",
  commands: () => [...(state.app?.commands ?? []), ...BUILT_IN_COMMANDS],
  send: (text) => send(text),
});
const threadComposer = new Composer(session, {
  id: "thread-input",
  testId: "thread-composer",
  sendTestId: "thread-send",
  send: (text) => send(text, session.thread),
  moveCommand: (text) => composer.write(text),
});
const inThread = Object.create(context, { openThread: { value: null } });
const thread = new ThreadPane({
  context: inThread,
  composer: threadComposer,
  onclose: closeThread,
});
const tour = new TourPane({ onpick: pickFromTour, onclose: () => showTour(false) });
const traffic = new TrafficDrawer(byId("traffic"), {
  zone: () => context.zone,
  onclose: () => showTraffic(false),
});
const sidebar = new Sidebar(byId("sidebar"), { state, session, onclose: () => showSidebar(false) });
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
  onlost: setLost,
  onevent: () => traffic.notice(),
});

// What people do

async function send(text, threadTs) {
  const said = { user: session.user, channel: session.channel, text };
  const answer = await api.say(threadTs ? { ...said, thread_ts: threadTs } : said);
  if (answer.ok) tour.noticeSent(text);
  traffic.notice();
  return answer;
}

async function click(message, choice) {
  const place = {
    user: session.user,
    channel: message.channel ?? session.channel,
    message_ts: message.ts,
  };
  const answer = await api.click({
    ...place,
    ...(message.thread_ts && { thread_ts: message.thread_ts }),
    ...choice,
  });
  if (!answer.ok) showToast(clickFailure(answer.error));
  traffic.notice();
}

function closeThread() {
  session.go({ thread: null });
  focusForTyping(composer);
}

function pickFromTour(command) {
  if (!state.channels.get(session.channel)?.bot_is_member) {
    const channel = [...state.channels.values()].find((one) => one.bot_is_member && !one.is_im);
    if (channel) session.go({ channel: channel.id });
  }
  if (!hasRoomForPane()) showTour(false);
  render();
  composer.write(command);
}

function toggleTour() {
  const isHidden = session.thread !== null || !view.isTourOpen;
  session.go({ thread: null });
  showTour(isHidden);
}

function showTour(isOpen) {
  view.isTourOpen = isOpen;
  draw();
}

function showTraffic(isOpen) {
  traffic.show(isOpen);
  draw();
}

function handleEscape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]"))
    return;
  if (isSidebarOpen()) showSidebar(false);
  else if (session.thread) closeThread();
  else if (traffic.isOpen) showTraffic(false);
  else if (!hasRoomForPane()) showTour(false);
}

// What is shown

let frame = 0;

/** Draw once for all that happens until the next frame. A hidden page gets no frames, so it draws by the clock. */
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
  sidebar.update();
  renderLog(channel);
  showPane(session.thread ? thread.node : isTourShown ? tour.node : null);
  if (session.thread && channel) renderThread(channel);
  if (isTourShown) tour.update(state.tour);
  document.title = `${channel ? `${nameOf(channel)} · ` : ""}odps-bot sandbox`;
}

function renderLog(channel) {
  if (!channel)
    return log.show([], { intro: el("p", { class: "gone" }, "There is no channel here.") });
  const threads = state.threads(channel.id);
  const items = state
    .roots(channel.id)
    .map((message) => ({ message, thread: threads.get(message.ts) }));
  log.show(items, { intro: introduction(channel) });
  const firstName = state.person(session.user).real_name.split(" ")[0];
  const label = `Message ${nameOf(channel)} as ${firstName}, or type /`;
  composer.open(`${session.user} ${channel.id}`, { label, closed: closedBecause(channel) });
}

function renderThread(channel) {
  const root = state.message(channel.id, session.thread);
  thread.update({
    root,
    replies: state.replies(channel.id, session.thread),
    place: nameOf(channel),
  });
  const place = `${session.user} ${channel.id} ${session.thread}`;
  threadComposer.open(place, { label: "Reply…", closed: closedBecause(channel) });
}

const nameOf = (channel) => (channel.is_im ? channel.name : `#${channel.name}`);
const closedBecause = (channel) => (channel.is_archived ? "This channel is archived" : null);

const introductions = new Map();

function introduction(channel) {
  if (!introductions.has(channel.id)) {
    const title = channel.is_im
      ? `This is your conversation with @${channel.name}`
      : `This is the beginning of #${channel.name}`;
    const text = "Type /odps help to see what the bot can do.";
    introductions.set(
      channel.id,
      el("div", { class: "introduction" }, el("h2", {}, title), el("p", {}, text)),
    );
  }
  return introductions.get(channel.id);
}

// What happens

function setLost(isLost) {
  view.isLost = isLost;
  draw();
}

function noticeMessage({ detail: { message, isNew } }) {
  draw();
  if (!isNew || message.user === session.user) return;
  if (message.channel === session.channel) announce(message);
  else session.unread.add(message.channel);
}

function announce(message) {
  const text = el("div", {}, renderMrkdwn(message.text ?? "", context)).textContent;
  byId("announcer").replaceChildren(
    el("p", {}, `${context.person(message.user).real_name}: ${text}`),
  );
}

function noticeSession({ detail: before }) {
  const isSame = (key) => before[key] === session[key];
  if (!isSame("user")) {
    session.unread.clear();
    sync.start();
  }
  session.unread.delete(session.channel);
  if (!isSame("user") || !isSame("channel")) log.clear();
  if (!isSame("user") || !isSame("thread")) thread.clear();
  draw();
  if (!isSame("thread") && session.thread) focusForTyping(thread);
}

state.addEventListener("loaded", () => (session.settle(state), draw()));
state.addEventListener("workspace", draw);
state.addEventListener("message", noticeMessage);
session.addEventListener("change", noticeSession);
window.addEventListener("popstate", () => state.isLoaded && session.follow(state));
document.addEventListener("keydown", handleEscape);
byId("log-frame").append(log.node);
byId("composer").append(composer.node);

watchFrame();
sync.start();
focusForTyping(composer);
