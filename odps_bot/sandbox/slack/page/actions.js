// What people do, told to the server as the acting person. What fails without a place of its own is a toast.
import * as api from "./api.js";
import { showToast } from "./toast.js";
import { clickFailure, shortcutFailure } from "./failure_texts.js";

/** Return what can be done. `notice()` is called after each, `noticeSent(text)` when something was said. */
export function makeActions({ state, session, notice, noticeSent }) {
  const asPerson = async (request) => {
    const answer = await request;
    notice();
    return answer;
  };

  const here = (threadTs) => ({
    user: session.user,
    channel: session.channel,
    ...(threadTs && { thread_ts: threadTs }),
  });

  return {
    async send(text, threadTs) {
      const answer = await asPerson(api.say({ ...here(threadTs), text }));
      if (answer.ok) noticeSent(text);
      return answer;
    },

    share: (file, comment, threadTs) =>
      asPerson(api.shareFile({ ...here(threadTs), ...file, ...(comment && { comment }) })),

    async click(message, choice) {
      const answer = await asPerson(
        api.click({
          user: session.user,
          channel: message.channel ?? session.channel,
          message_ts: message.ts,
          ...(message.thread_ts && { thread_ts: message.thread_ts }),
          ...choice,
        }),
      );
      if (!answer.ok) showToast(clickFailure(answer.error));
    },

    async clickInView(view, choice) {
      const answer = await asPerson(api.click({ user: session.user, view_id: view.id, ...choice }));
      if (!answer.ok) showToast(clickFailure(answer.error));
    },

    findOptions: (question) => asPerson(api.findOptions({ user: session.user, ...question })),

    submitView: (view, values) => asPerson(api.submitView(session.user, view.id, values)),

    async closeView(view, { all }) {
      const answer = await asPerson(api.closeView(session.user, view.id, { all }));
      const isGone = answer.error === "not_found";
      if (isGone) state.apply({ type: "view_closed", view });
      return isGone ? { ok: true } : answer;
    },

    async runShortcut({ callback_id: callbackId, name }, message) {
      const on = message && {
        channel: message.channel ?? session.channel,
        message_ts: message.ts,
      };
      const request = api.runShortcut({ user: session.user, callback_id: callbackId, ...on });
      const answer = await asPerson(request);
      if (answer.ok) noticeSent(name);
      else showToast(shortcutFailure(answer.error, state.app?.name));
    },

    async deleteMessage({ channel, ts }) {
      const request = api.deleteMessage({ user: session.user, channel, message_ts: ts });
      const answer = await asPerson(request);
      if (!answer.ok) showToast(`That did not work: ${answer.error}`);
    },

    openHome: (tab) => asPerson(api.openHome(session.user, tab)),
  };
}
