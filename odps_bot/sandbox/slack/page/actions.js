// Requests to the server as the acting person. Failures without a place to show them become a toast.
import * as api from "./api.js";
import { clickFailure, failureText, shortcutFailure } from "./failure_texts.js";
import { showToast } from "./toast.js";

export class Actions {
  /** `onActivity()` is called after each request, `onSent(text)` when something was sent. */
  constructor({ state, session, onActivity, onSent }) {
    Object.assign(this, { state, session, onActivity, onSent });
  }

  /** `options` are those of the API: `broadcast`, `through_app`. */
  send = async (text, threadTs, options = {}) => {
    const response = await this.#done(api.say({ ...this.#here(threadTs), text, ...options }));
    if (response.ok) this.onSent(text);
    return response;
  };

  share = (file, comment, threadTs) =>
    this.#done(api.shareFile({ ...this.#here(threadTs), ...file, ...(comment && { comment }) }));

  click = (message, choice) =>
    this.#click({
      ...this.#target(message),
      ...(message.thread_ts && { thread_ts: message.thread_ts }),
      ...choice,
    });

  clickInView = (view, choice) => this.#click({ view_id: view.id, ...choice });

  findOptions = (question) => this.#done(api.findOptions({ user: this.session.user, ...question }));

  submitView = (view, values) => this.#done(api.submitView(this.session.user, view.id, values));

  closeView = async (view, { all }) => {
    const response = await this.#done(api.closeView(this.session.user, view.id, { all }));
    const isGone = response.error === "not_found";
    if (isGone) this.state.apply({ type: "view_closed", view });
    return isGone ? { ok: true } : response;
  };

  runShortcut = async ({ callback_id: callbackId, name }, message) => {
    const { user } = this.session;
    const target = message && this.#target(message);
    const response = await this.#done(
      api.runShortcut({ user, callback_id: callbackId, ...target }),
    );
    if (response.ok) this.onSent(name);
    else showToast(shortcutFailure(response.error, this.state.app?.name));
  };

  deleteMessage = async ({ channel, ts }) => {
    const { user } = this.session;
    const response = await this.#done(api.deleteMessage({ user, channel, message_ts: ts }));
    if (!response.ok) showToast(failureText(response.error));
  };

  editMessage = (message, text) =>
    this.#done(api.editMessage({ user: this.session.user, ...this.#target(message), text }));

  forwardMessage = (message, { to, comment }) =>
    this.#done(
      api.forwardMessage({ user: this.session.user, ...this.#target(message), to, comment }),
    );

  removeFiles = async (message, { hidden }) => {
    const { user } = this.session;
    const response = await this.#done(
      api.removeFiles({ user, ...this.#target(message), ...(hidden && { hidden }) }),
    );
    if (!response.ok) showToast(failureText(response.error));
  };

  openHome = (tab) => this.#done(api.openHome(this.session.user, tab));

  async #done(request) {
    const response = await request;
    this.onActivity();
    return response;
  }

  async #click(choice) {
    const response = await this.#done(api.click({ user: this.session.user, ...choice }));
    if (!response.ok) showToast(clickFailure(response.error));
  }

  #here = (threadTs) => ({
    user: this.session.user,
    channel: this.session.channel,
    ...(threadTs && { thread_ts: threadTs }),
  });

  #target = (message) => ({
    channel: message.channel ?? this.session.channel,
    message_ts: message.ts,
  });
}
