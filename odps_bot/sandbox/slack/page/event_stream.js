// The stream of events, reopened with growing delays when it is lost.

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export class EventStream {
  #source = null;
  #timer = 0;
  #pauseMs = FIRST_PAUSE_MS;

  /** `onopen` is called at every (re)connection; what happened in between must be reloaded. */
  constructor({ onopen, onevent, onlost }) {
    Object.assign(this, { onopen, onevent, onlost });
  }

  /** Open this stream instead of the current one. */
  open(url) {
    this.close();
    const source = new EventSource(url);
    this.#source = source;
    source.onopen = () => {
      this.#pauseMs = FIRST_PAUSE_MS;
      this.onopen();
    };
    source.onmessage = ({ data }) => this.onevent(JSON.parse(data));
    source.onerror = () => this.#retry(url);
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #retry(url) {
    this.close();
    this.onlost();
    this.#timer = setTimeout(() => this.open(url), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
