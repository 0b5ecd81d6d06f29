// The sandbox's HTTP API, one function per call. None of them throws; errors are in `error`.

/** Return the state of the page for this person. */
export const getState = (user) => get("/sandbox/state", { user });

/** Return the newest requests between the bot and the sandbox, newest last. */
export const getTraffic = (limit) => get("/sandbox/traffic", { limit });

/** Send a message or a slash command; resolves when the app has acknowledged it or it failed. */
export const say = (message) => post("/sandbox/say", message);

/** Use an element of a message or view. */
export const click = (action) => post("/sandbox/click", action);

/** Ask the app for the options of an external select for the typed text. */
export const findOptions = (question) => post("/sandbox/options", question);

/** Run a global shortcut or a message shortcut. */
export const runShortcut = (shortcut) => post("/sandbox/shortcut", shortcut);

/** Share a file, optionally with a comment. */
export const shareFile = (file) => post("/sandbox/share_file", file);

/** Edit one's own message. */
export const editMessage = (message) => post("/sandbox/edit", message);

/** Forward a message to another conversation. */
export const forwardMessage = (message) => post("/sandbox/forward", message);

/** Delete the files of one's own message, or hide them as the limit of a free plan does. */
export const removeFiles = (message) => post("/sandbox/remove_files", message);

/** Delete one's own message. */
export const deleteMessage = (message) => post("/sandbox/delete", message);

export const submitView = (user, viewId, values) =>
  post("/sandbox/submit_view", { user, view_id: viewId, values });
export const closeView = (user, viewId, { all }) =>
  post("/sandbox/close_view", { user, view_id: viewId, ...(all && { all }) });

/** Report to the app that its home or messages tab was opened. */
export const openHome = (user, tab) => post("/sandbox/open_home", { user, tab });

export const invite = (user, channel) => post("/sandbox/invite", { user, channel });
export const kick = (user, channel) => post("/sandbox/kick", { user, channel });
export const archive = (user, channel, archived) =>
  post("/sandbox/archive", { user, channel, archived });

/** Reset the whole sandbox. */
export const reset = () => post("/sandbox/reset", {});

/** Return the URL of this person's event stream. */
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
    const body = await response.json();
    if (!response.ok && !body.error) return { ok: false, error: `http_${response.status}` };
    return body;
  } catch {
    return { ok: false, error: "sandbox_unreachable" };
  }
}
