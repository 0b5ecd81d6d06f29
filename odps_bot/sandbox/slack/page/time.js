// Dates and times in a person's time zone.

const FORMATS = {
  day: { year: "numeric", month: "2-digit", day: "2-digit" },
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date_slash: { year: "numeric", month: "2-digit", day: "2-digit" },
  divider: { weekday: "long", month: "long", day: "numeric" },
};
const LOCALES = { date_num: "sv-SE", day: "sv-SE" };
const DAY_MS = 86_400_000;

const formatters = new Map();

function formatter(kind, zone) {
  const key = `${kind} ${zone}`;
  if (!formatters.has(key)) formatters.set(key, newFormatter(kind, zone));
  return formatters.get(key);
}

function newFormatter(kind, zone) {
  const locale = LOCALES[kind] ?? "en-US";
  try {
    return new Intl.DateTimeFormat(locale, { ...FORMATS[kind], timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat(locale, { ...FORMATS[kind], timeZone: "UTC" });
  }
}

const format = (kind, date, zone) => formatter(kind, zone).format(date);

/** Return the date of a message's ts. */
export const instantOf = (ts) => new Date(Number.parseFloat(ts) * 1000);

/** Return a key for the day of a date in this zone. */
export const dayOf = (date, zone) => format("day", date, zone);

/** Return "14:02". */
export const clockTime = (date, zone) => format("time", date, zone);

/** Return "14:02:33". */
export const clockSeconds = (date, zone) => format("time_secs", date, zone);

/** Return the full date and time, for tooltips. */
export const fullTime = (date, zone) =>
  `${format("date_long", date, zone)} at ${clockSeconds(date, zone)} (${zone})`;

/** Return "Today", "Yesterday" or the date, for dividers. */
export const dayLabel = (date, zone, now = new Date()) =>
  nearDay(date, zone, now) ?? format("divider", date, zone);

/** Return "just now", "5 minutes ago" and so on. */
export function ago(date, now = new Date()) {
  const minutes = Math.floor((now - date) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} minute${minutes === 1 ? "" : "s"} ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} hour${hours === 1 ? "" : "s"} ago`;
  const days = Math.floor(hours / 24);
  return `${days} day${days === 1 ? "" : "s"} ago`;
}

/**
 * Fill Slack's date tokens, e.g. "{date_short_pretty} {time}".
 * https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 */
export function fillDate(template, date, zone, now = new Date()) {
  return template.replace(/\{(\w+)\}/g, (token, name, offset) => {
    if (name === "ago") return ago(date, now);
    if (name.endsWith("_pretty")) {
      const near = nearDay(date, zone, now);
      if (near) return offset === 0 ? near : near.toLowerCase();
      return format(name.slice(0, -"_pretty".length), date, zone);
    }
    return name in FORMATS ? format(name, date, zone) : token;
  });
}

function nearDay(date, zone, now) {
  const day = dayOf(date, zone);
  if (day === dayOf(now, zone)) return "Today";
  if (day === dayOf(new Date(now - DAY_MS), zone)) return "Yesterday";
  if (day === dayOf(new Date(Number(now) + DAY_MS), zone)) return "Tomorrow";
  return null;
}

/** Return the local time of a date in a zone as "2026-01-31T14:02". */
export function localTime(date, zone) {
  const [day, time] = [format("date_num", date, zone), clockTime(date, zone)];
  return `${day}T${time}`;
}

/** Return the date of a local time "2026-01-31T14:02" in a zone. */
export function instantAt(local, zone) {
  const asUtc = new Date(`${local}Z`);
  const shown = new Date(`${localTime(asUtc, zone)}Z`);
  return new Date(asUtc.getTime() * 2 - shown.getTime());
}
