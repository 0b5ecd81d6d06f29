// The sandbox's own HTTP interface, one function a call. None of them raises: what went wrong is in `error`.

/** Return everything this person can see. */
export const getState = (user) => get("/sandbox/state", { user });

/** Return the newest requests between the bot and the sandbox, newest last. */
export const getTraffic = (limit) => get("/sandbox/traffic", { limit });

/** Post a message or a slash command; answers once the app acknowledged, or says how it failed. */
export const say = (message) => post("/sandbox/say", message);

/** Press a button or choose an option of a message. */
export const click = (action) => post("/sandbox/click", action);

export const invite = (user, channel) => post("/sandbox/invite", { user, channel });
export const kick = (user, channel) => post("/sandbox/kick", { user, channel });
export const archive = (user, channel, archived) =>
  post("/sandbox/archive", { user, channel, archived });

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
