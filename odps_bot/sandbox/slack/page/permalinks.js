// Links to messages lead to them on the page, as Slack's client does, rather than into another tab.

const PATH = /^\/archives\/([A-Z0-9]+)\/p(\d{6,})(\d{6})$/;
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Return which message an address is the permalink of, `{channel, ts, thread}`, or null. */
export function linkedMessage(address) {
  const url = new URL(address, location.origin);
  const [, channel, seconds, micros] = PATH.exec(url.pathname) ?? [];
  if (!channel || !isHere(url)) return null;
  const ts = `${seconds}.${micros}`;
  const thread = url.searchParams.get("thread_ts");
  return { channel, ts, thread: thread === ts ? null : thread };
}

/** Call `open` with the message of a permalink that is followed with a plain click. */
export function followPermalinks(open) {
  document.addEventListener("click", (event) => {
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    const anchor = event.target instanceof Element && event.target.closest("a[href]");
    const message = isPlain && anchor ? linkedMessage(anchor.href) : null;
    if (message === null) return;
    event.preventDefault();
    open(message);
  });
}

/** The same server may be known by several names. */
const isHere = (url) =>
  url.host === location.host ||
  (url.port === location.port && LOOPBACK.test(url.hostname) && LOOPBACK.test(location.hostname));
