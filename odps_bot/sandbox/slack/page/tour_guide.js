// Opens the place of a step of the tour and puts its command into the composer; nothing is sent.
import { showToast } from "./toast.js";

const PLACES = {
  channel: (guide, command) => guide.composer.write(command),
  home: (guide) => guide.goHome(),
  message: (guide) => guide.pointAtMessage(),
  shortcuts: (guide) => guide.openShortcuts(),
  thread: (guide, command) => guide.writeInThread(command),
};

export class TourGuide {
  /** `render()` draws immediately after a change of the session; `openShortcuts()` lists the global ones. */
  constructor({ state, session, channelView, composer, threadComposer, openShortcuts, render }) {
    const parts = { state, session, channelView, composer, threadComposer, openShortcuts, render };
    Object.assign(this, parts);
  }

  /** Open the place of `{command?, place?}`: "channel" (default), "home", "message", "shortcuts" or "thread". */
  show({ command = "", place = "channel" }) {
    if (place !== "home") this.#goWhereTheBotIs();
    (PLACES[place] ?? PLACES.channel)(this, command);
  }

  goHome() {
    const channel = this.state.appChannel();
    if (channel) this.session.go({ channel: channel.id, tab: "home" });
  }

  writeInThread(command) {
    const card = this.state.newestOfApp(this.session.channel);
    if (!card) return showToast("Run a query first to get a thread.");
    this.session.go({ thread: card.ts });
    this.render();
    this.threadComposer.write(command);
  }

  pointAtMessage() {
    const card = this.state.newestOfApp(this.session.channel);
    if (!card || !this.channelView.openMenuOf(card.ts))
      showToast("Run a query first to get a message.");
  }

  #goWhereTheBotIs() {
    const { state, session } = this;
    const current = state.channels.get(session.channel);
    const isGood = current?.bot_is_member && !current.is_im;
    const channels = [...state.channels.values()];
    const other = channels.find((one) => one.bot_is_member && !one.is_im);
    if (!isGood && other) session.go({ channel: other.id });
    this.render();
  }
}
