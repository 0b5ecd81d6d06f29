// The sandbox's own HTTP interface, one function a call. None of them raises: what went wrong is in `error`.

/** Return everything this person can see. */
export const getState = (user) => get("/sandbox/state", { user });

/** Return the newest requests between the bot and the sandbox, newest last. */
export const getTraffic = (limit) => get("/sandbox/traffic", { limit });

/** Post a message or a slash command; answers once the app acknowledged, or says how it failed. */
export const say = (message) => post("/sandbox/say", message);

/** Press a button or choose an option of a message or of a view. */
export const click = (action) => post("/sandbox/click", action);

/** Ask the app what an external select offers for what was typed. */
export const findOptions = (question) => post("/sandbox/options", question);

/** Run a shortcut, of everywhere or of one message. */
export const runShortcut = (shortcut) => post("/sandbox/shortcut", shortcut);

/** Post a file, with a comment or without. */
export const shareFile = (file) => post("/sandbox/share_file", file);

/** Take one's own message away. */
export const deleteMessage = (message) => post("/sandbox/delete", message);

export const submitView = (user, viewId, values) =>
  post("/sandbox/submit_view", { user, view_id: viewId, values });
export const closeView = (user, viewId, { all }) =>
  post("/sandbox/close_view", { user, view_id: viewId, ...(all && { all }) });

/** Tell the app that its home, or its messages, are looked at. */
export const openHome = (user, tab) => post("/sandbox/open_home", { user, tab });

export const invite = (user, channel) => post("/sandbox/invite", { user, channel });
export const kick = (user, channel) => post("/sandbox/kick", { user, channel });
export const archive = (user, channel, archived) =>
  post("/sandbox/archive", { user, channel, archived });

/** Begin the whole sandbox anew. */
export const reset = () => post("/sandbox/reset", {});

/** Return the address of the events of this person. */
export const eventsUrl = (user) => `/sandbox/events?${new URLSearchParams({ user })}`;

const get = (path, query) =>
  request(`${path}?${new URLSearchParams(query)}`, { cache: "no-store" });

const post = (path, body) =>
  request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

async function request(path, options) {
  try {
    const response = await fetch(path, options);
    const answer = await response.json();
    if (!response.ok && !answer.error) return { ok: false, error: `http_${response.status}` };
    return answer;
  } catch {
    return { ok: false, error: "sandbox_unreachable" };
  }
}
