// Keeps the state as the server has it: one load at every connection, then event by event.
import * as api from "./api.js";
import { EventStream } from "./event_stream.js";

export class Sync {
  #stream;
  #loads = 0;
  #held = []; // what was told while a load was under way, whose answer may be older

  /**
   * `onlost(isLost)` is told when contact is lost and when it is back, `onevent()` of everything that happens,
   * `onreset()` when nothing is as it was.
   * `firstUser` is who looks when the session's person does not exist.
   */
  constructor({ state, session, firstUser, onlost, onevent, onreset }) {
    Object.assign(this, { state, session, firstUser, onlost, onevent, onreset });
    this.#stream = new EventStream({
      onopen: () => this.#load(),
      onevent: (event) => this.#notice(event),
      onlost: () => this.#loseContact(),
    });
  }

  /** Begin, or begin again as another person. */
  start() {
    this.#held = [];
    this.state.forget();
    this.#stream.open(api.eventsUrl(this.session.user));
  }

  #notice(event) {
    if (event.type === "reset") this.onreset();
    else if (event.type === "resync") this.#load();
    else if (this.#loads > 0) this.#held.push(event);
    else this.state.apply(event);
    this.onevent();
  }

  async #load() {
    this.#loads += 1;
    const { user } = this.session;
    let answer = await api.getState(user);
    const isNobody = answer.error && !this.state.isLoaded && user !== this.firstUser;
    if (isNobody) answer = await api.getState(this.firstUser);
    this.#loads -= 1;
    if (user !== this.session.user) return; // another person took over meanwhile
    this.onlost(Boolean(answer.error));
    if (answer.error) return;
    this.state.load(answer);
    for (const event of this.#held.splice(0)) this.state.apply(event);
  }

  #loseContact() {
    this.onlost(true);
    if (!this.state.isLoaded) this.#load(); // the address may name a person who does not exist
  }
}
