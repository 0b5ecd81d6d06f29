// Puts the page together: what the server tells goes into the state, what people do goes to the server.
import * as api from "./api.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { MessageLog } from "./log.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { Session } from "./session.js";
import { Sidebar } from "./sidebar.js";
import { State } from "./state.js";
import { EventStream } from "./stream.js";
import { ThreadPane } from "./thread.js";
import { showToast } from "./toast.js";
import { Topbar } from "./topbar.js";
import { TourPane } from "./tour.js";
import { TrafficDrawer } from "./traffic.js";
import { clickFailure } from "./words.js";

const FIRST_USER = "U0ALICE";
const BUILT_IN_COMMANDS = [{ command: "/invite", usage_hint: "@odps", description: "Let the bot post in this channel" }];

const byId = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 760px)");
const roomy = matchMedia("(min-width: 1180px)");
const touch = matchMedia("(hover: none)");

const state = new State();
const session = new Session(FIRST_USER);
const view = { isLost: false, isTourOpen: roomy.matches, isTrafficOpen: false, hasTour: false };

/** What messages need to know of the page; read when used, so it is always of the acting person. */
const context = {
  get user() { return session.user; },
  get zone() { return state.person(session.user).tz ?? "UTC"; },
  person: (id) => state.person(id),
  channel: (id) => state.channels.get(id),
  people: () => [...state.people.values()].map(({ id, real_name: name }) => asOption(id, name)),
  channels: () => [...state.channels.values()].filter((channel) => !channel.is_im).map(({ id, name }) => asOption(id, `#${name}`)),
  openChannel: (channel) => session.go({ channel }),
  openThread: (ts) => session.go({ thread: ts }),
  async click(message, choice) {
    const place = { user: session.user, channel: message.channel ?? session.channel, message_ts: message.ts };
    const answer = await api.click({ ...place, ...(message.thread_ts && { thread_ts: message.thread_ts }), ...choice });
    if (!answer.ok) showToast(clickFailure(answer.error));
    traffic.notice();
  },
};

const asOption = (value, text) => ({ value, text: { type: "plain_text", text } });

const log = new MessageLog(context, "Messages");
const composer = new Composer(session, {
  id: "composer-input", testId: "composer", sendTestId: "send",
  commands: () => [...(state.app?.commands ?? []), ...BUILT_IN_COMMANDS],
  send: (text) => send(text),
});
const threadComposer = new Composer(session, {
  id: "thread-input", testId: "thread-composer", sendTestId: "thread-send",
  send: (text) => send(text, session.thread),
  moveCommand: (text) => composer.write(text),
});
const inThread = Object.create(context, { openThread: { value: null } });
const thread = new ThreadPane({ context: inThread, composer: threadComposer, onclose: closeThread });
const tour = new TourPane({ onpick: pickFromTour, onclose: () => showTour(false) });
const sidebar = new Sidebar(byId("sidebar"), { state, session, onclose: () => showSidebar(false) });
const topbar = new Topbar(byId("topbar"), byId("banners"), {
  state, session,
  actions: { openSidebar: () => showSidebar(true), toggleTour, toggleTraffic: () => showTraffic(!traffic.isOpen) },
});
const traffic = new TrafficDrawer(byId("traffic"), { zone: () => context.zone, onclose: () => showTraffic(false) });
const stream = new EventStream({ onopen: load, onevent: notice, onlost: loseContact });

let loads = 0;
let held = []; // what was told while a load was under way, whose answer may be older

function notice(event) {
  if (event.type === "resync") load();
  else if (loads > 0) held.push(event);
  else state.apply(event);
  traffic.notice();
}

async function load() {
  loads += 1;
  const { user } = session;
  let answer = await api.getState(user);
  if (answer.error && !state.isLoaded && user !== FIRST_USER) answer = await api.getState(FIRST_USER);
  loads -= 1;
  if (user !== session.user) return; // another person took over meanwhile
  setLost(Boolean(answer.error));
  if (answer.error) return;
  state.load(answer);
  for (const event of held.splice(0)) state.apply(event);
}

async function send(text, threadTs) {
  const isKnown = { user: session.user, channel: session.channel, text };
  const answer = await api.say(threadTs ? { ...isKnown, thread_ts: threadTs } : isKnown);
  if (answer.ok) tour.noticeSent(text);
  traffic.notice();
  return answer;
}

function render() {
  if (!state.isLoaded) return topbar.update(view);
  const channel = state.channels.get(session.channel);
  view.hasTour = state.tour.length > 0;
  sidebar.update();
  topbar.update({ ...view, isTourOpen: view.isTourOpen && !session.thread });
  renderLog(channel);
  renderPane(channel);
  const title = channel ? (channel.is_im ? channel.name : `#${channel.name}`) : "";
  document.title = `${title ? `${title} · ` : ""}odps-bot sandbox`;
}

function renderLog(channel) {
  if (!channel) return log.show([], { intro: el("p", { class: "gone" }, "There is no channel here.") });
  const threads = state.threads(channel.id);
  const items = state.roots(channel.id).map((message) => ({ message, thread: threads.get(message.ts) }));
  log.show(items, { intro: introduction(channel) });
  const name = channel.is_im ? channel.name : `#${channel.name}`;
  const label = `Message ${name} as ${firstName(state.person(session.user))}, or type /`;
  composer.open(`${session.user} ${channel.id}`, { label, closed: channel.is_archived ? "This channel is archived" : null });
}

const introductions = new Map();

function introduction(channel) {
  if (!introductions.has(channel.id)) {
    const title = channel.is_im ? `This is your conversation with @${channel.name}` : `This is the beginning of #${channel.name}`;
    const text = "Type /odps help to see what the bot can do.";
    introductions.set(channel.id, el("div", { class: "introduction" }, el("h2", {}, title), el("p", {}, text)));
  }
  return introductions.get(channel.id);
}

function renderPane(channel) {
  const pane = byId("pane");
  const content = session.thread ? thread.node : view.isTourOpen && view.hasTour ? tour.node : null;
  if (pane.firstChild !== content) pane.replaceChildren(...(content ? [content] : []));
  pane.hidden = content === null;
  byId("app").classList.toggle("has-pane", content !== null);
  if (content === thread.node && channel) {
    const place = channel.is_im ? channel.name : `#${channel.name}`;
    thread.update({ root: state.message(channel.id, session.thread), replies: state.replies(channel.id, session.thread), place });
    threadComposer.open(`${session.user} ${channel.id} ${session.thread}`, { label: "Reply…", closed: channel.is_archived ? "This channel is archived" : null });
  } else if (content === tour.node) tour.update(state.tour);
  keepFocusOnTop();
}

const firstName = (person) => person.real_name.split(" ")[0];

let frame = 0;

/** Draw once for all that happens until the next frame. A hidden page draws too, as it gets no frames. */
function draw() {
  if (frame) return;
  const once = () => {
    frame = 0;
    render();
  };
  frame = document.hidden ? setTimeout(once, 100) : requestAnimationFrame(once);
}

function closeThread() {
  session.go({ thread: null });
  if (!touch.matches) requestAnimationFrame(() => composer.focus());
}

function pickFromTour(command) {
  if (!state.channels.get(session.channel)?.bot_is_member) {
    const channel = [...state.channels.values()].find((one) => one.bot_is_member && !one.is_im);
    if (channel) session.go({ channel: channel.id });
  }
  if (!roomy.matches) showTour(false);
  render();
  composer.write(command);
}

function toggleTour() {
  if (session.thread) {
    session.go({ thread: null });
    showTour(true);
  } else showTour(!view.isTourOpen);
}

function showTour(isOpen) {
  view.isTourOpen = isOpen;
  draw();
}

function showTraffic(isOpen) {
  view.isTrafficOpen = isOpen;
  traffic.show(isOpen);
  byId("app").classList.toggle("has-traffic", isOpen);
  draw();
}

function showSidebar(isOpen) {
  const isDrawer = narrow.matches;
  byId("app").classList.toggle("has-drawer", isDrawer && isOpen);
  byId("scrim").hidden = !(isDrawer && isOpen);
  byId("sidebar").inert = isDrawer && !isOpen;
  keepFocusOnTop();
  if (isDrawer && isOpen) byId("sidebar").querySelector("button, select")?.focus();
}

/** On a phone the drawer, the pane and the traffic cover the rest, which then must not take the focus. */
function keepFocusOnTop() {
  const hasSheet = byId("app").classList.contains("has-drawer") || !byId("pane").hidden || traffic.isOpen;
  byId("main").inert = narrow.matches && hasSheet;
}

function loseContact() {
  setLost(true);
  if (!state.isLoaded) load(); // the address may name a person who does not exist
}

function setLost(isLost) {
  view.isLost = isLost;
  draw();
}

function noticeMessage({ detail: { message, isNew } }) {
  draw();
  if (!isNew) return;
  const isHere = message.channel === session.channel;
  if (!isHere && message.user !== session.user) session.unread.add(message.channel);
  if (isHere && message.user !== session.user) announce(message);
}

function announce(message) {
  const text = el("div", {}, renderMrkdwn(message.text ?? "", context)).textContent;
  byId("announcer").replaceChildren(el("p", {}, `${context.person(message.user).real_name}: ${text}`));
}

function noticeSession({ detail: before }) {
  session.unread.delete(session.channel);
  if (before.user !== session.user) {
    session.unread.clear();
    held = [];
    state.forget();
    stream.open(api.eventsUrl(session.user));
  }
  if (before.user !== session.user || before.channel !== session.channel) log.clear();
  if (before.user !== session.user || before.thread !== session.thread) thread.clear();
  draw();
  if (before.thread !== session.thread && session.thread && !touch.matches) requestAnimationFrame(() => thread.focus());
}

function handleEscape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (byId("app").classList.contains("has-drawer")) showSidebar(false);
  else if (session.thread) closeThread();
  else if (traffic.isOpen) showTraffic(false);
  else if (view.isTourOpen && !roomy.matches) showTour(false);
}

state.addEventListener("loaded", () => (session.settle(state), draw()));
state.addEventListener("workspace", draw);
state.addEventListener("message", noticeMessage);
session.addEventListener("change", noticeSession);
window.addEventListener("popstate", () => state.isLoaded && session.follow(state));
narrow.addEventListener("change", () => showSidebar(false));
byId("scrim").addEventListener("click", () => showSidebar(false));
byId("log-frame").append(log.node);
byId("composer").append(composer.node);
document.addEventListener("keydown", handleEscape);

showSidebar(false);
stream.open(api.eventsUrl(session.user));
if (!touch.matches) composer.focus();
