// Keeps the state in sync with the server: one load per connection, then event by event.
import * as api from "./api.js";
import { EventStream } from "./event_stream.js";

export class Sync {
  #stream;
  #loads = 0;
  #held = []; // events during a load, whose response can be older

  /**
   * `onlost(isLost)` is called when the connection is lost or restored, `onevent()` for every event, `onreset()`
   * after a reset. `firstUser` acts when the session's person does not exist.
   */
  constructor({ state, session, firstUser, onlost, onevent, onreset }) {
    Object.assign(this, { state, session, firstUser, onlost, onevent, onreset });
    this.#stream = new EventStream({
      onopen: () => this.#load(),
      onevent: (event) => this.#handle(event),
      onlost: () => this.#onLost(),
    });
  }

  /** Start, or restart as another person. */
  start() {
    this.#held = [];
    this.state.forget();
    this.#stream.open(api.eventsUrl(this.session.user));
  }

  #handle(event) {
    if (event.type === "reset") this.onreset();
    else if (event.type === "resync") this.#load();
    else if (this.#loads > 0) this.#held.push(event);
    else this.state.apply(event);
    this.onevent();
  }

  async #load() {
    this.#loads += 1;
    const { user } = this.session;
    let response = await api.getState(user);
    const isNobody = response.error && !this.state.isLoaded && user !== this.firstUser;
    if (isNobody) response = await api.getState(this.firstUser);
    this.#loads -= 1;
    if (user !== this.session.user) return; // another person acts now
    this.onlost(Boolean(response.error));
    if (response.error) return;
    this.state.load(response);
    for (const event of this.#held.splice(0)) this.state.apply(event);
  }

  #onLost() {
    this.onlost(true);
    if (!this.state.isLoaded) this.#load(); // the URL can name a person who does not exist
  }
}
