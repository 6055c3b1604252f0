/* What time it is in the playground, and what a day or an hour is called where the person on the page lives. */

const here = { ahead: 0, zone: "UTC" };

/** The server's time and the zone of whoever is on the page. */
export function setTime(unix, zone) {
  here.ahead = unix * 1000 - Date.now();
  here.zone = zone || "UTC";
}

export const now = () => new Date(Date.now() + here.ahead);
export const dateOf = (ts) => new Date(Number(ts) * 1000);
const show = (date, options) => new Intl.DateTimeFormat(undefined, { timeZone: here.zone, ...options }).format(date);
const iso = (date, options) => new Intl.DateTimeFormat("sv-SE", { timeZone: here.zone, ...options }).format(date);

/** The local date, 2026-11-30: equal for all moments of one day. */
export const dayOf = (date) => iso(date, { dateStyle: "short" });
export const clock = (date) => show(date, { hour: "2-digit", minute: "2-digit" });
export const long = (date) => `${show(date, { dateStyle: "long" })} at ${clock(date)}`;
const SHORT = {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
};
export const inUtc = (date) => `${show(date, { ...SHORT, timeZone: "UTC" })} UTC`;
export const inZone = (date, timeZone) => show(date, { ...SHORT, timeZone });

/** Today, yesterday and tomorrow in words, other days by date. */
export function pretty(date, options) {
  const words = [
    ["today", 0],
    ["yesterday", -1],
    ["tomorrow", 1],
  ];
  return (
    words.find(([, days]) => dayOf(date) === dayOf(new Date(+now() + days * 86400000)))?.[0] ?? show(date, options)
  );
}

export function dayName(date) {
  const year = dayOf(date).slice(0, 4) === dayOf(now()).slice(0, 4) ? undefined : "numeric";
  const words = pretty(date, { weekday: "long", day: "numeric", month: "long", year });
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function ago(date) {
  const seconds = (date - now()) / 1000;
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  for (const [unit, size] of [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ])
    if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  return "just now";
}

const LONG = { year: "numeric", month: "long", day: "numeric" };
const BRIEF = { ...LONG, month: "short" };
const FULL = { weekday: "long", ...LONG };
const TOKENS = {
  date_num: dayOf,
  date: (date) => show(date, LONG),
  date_short: (date) => show(date, BRIEF),
  date_long: (date) => show(date, FULL),
  date_pretty: (date) => pretty(date, LONG),
  date_short_pretty: (date) => pretty(date, BRIEF),
  date_long_pretty: (date) => pretty(date, FULL),
  day_divider_pretty: (date) => pretty(date, FULL),
  time: clock,
  time_secs: (date) => show(date, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  ago,
};

/** Slack's date format, "{date_short} at {time}", filled in. */
export const inWords = (date, format) =>
  format.replace(/\{([a-z_]+)\}/g, (whole, name) => TOKENS[name]?.(date) ?? whole);
export const inFull = (date) => show(date, { dateStyle: "full", timeStyle: "long" });

/** What a datetime-local field shows for a moment, and the moment it means; both in the person's zone. */
export const toField = (unix) => iso(dateOf(unix), { dateStyle: "short", timeStyle: "short" }).replace(" ", "T");
export function fromField(text) {
  const wanted = Date.parse(`${text}Z`);
  const off = (at) => Date.parse(`${toField(at / 1000)}Z`) - Math.floor(at / 60000) * 60000;
  const first = wanted - off(wanted);
  return Math.floor((wanted - off(first)) / 1000);
}
