// Takes people to a step of the tour: as whom, where, and what to use there. What would run something is only
// written into the composer; a form is opened, as nothing runs before it is submitted.
import { showToast } from "./toast.js";

const PLACES = {
  button: (guide, step) => guide.pointAtButton(step),
  channel: (guide, step) => guide.composer.write(step.command),
  home: (guide, step) => guide.goHome(step),
  message: (guide) => guide.pointAtMessage(),
  modal: (guide, step) => guide.openModal(step),
  shortcuts: (guide) => guide.openShortcuts(),
  thread: (guide, step) => guide.writeInThread(step),
};
const NOT_THERE = "It isn’t there yet: try the step before first.";

export class TourGuide {
  /**
   * `render()` draws immediately after a change of the session; `openShortcuts()` lists the global ones, and
   * `send(text)` sends to the open channel.
   */
  constructor(parts) {
    Object.assign(this, parts);
  }

  /**
   * Take the person to a step `{command?, place?, button?, acts_as?}`. Places are "channel" (default), "thread",
   * "message" (its menu), "button" (of the newest card, by its action id), "home" (with `button`: that one there),
   * "modal" (which `command` opens) and "shortcuts". `acts_as` is the name of who does it.
   */
  async show(step) {
    await this.#actAs(step.acts_as);
    if (step.place !== "home") this.#goWhereTheBotIs();
    await (PLACES[step.place] ?? PLACES.channel)(this, step);
  }

  async goHome({ button }) {
    const channel = this.state.appChannel();
    if (!channel) return;
    this.session.go({ channel: channel.id, tab: "home" });
    this.render();
    if (button && !(await this.home.pointAt(button))) showToast(NOT_THERE);
  }

  async openModal({ command }) {
    const response = await this.send(command);
    if (!response.ok) this.composer.write(command);
  }

  async pointAtButton({ button }) {
    if (!(await this.channelView.pointAt(button))) showToast(NOT_THERE);
  }

  writeInThread({ command }) {
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

  /** Act as this person from here on, and say so. */
  async #actAs(name) {
    const person = [...this.state.people.values()].find((one) => one.name === name);
    if (!person || person.id === this.session.user) return;
    const loaded = new Promise((resolve) =>
      this.state.addEventListener("loaded", resolve, { once: true }),
    );
    this.session.go({ user: person.id });
    showToast(`You are ${person.real_name} now.`);
    await loaded;
    this.render();
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
