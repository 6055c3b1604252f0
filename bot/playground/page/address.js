/* Which person, which place: read from the address bar and written for it, so that a reload keeps both. */

/** {as, channel, thread, tab, list} as the address says. */
export function readAddress() {
  const hash = new URLSearchParams(location.hash.slice(1));
  return {
    as: hash.get("as"),
    channel: hash.get("in"),
    thread: hash.get("thread"),
    tab: hash.get("tab"),
    list: hash.has("list"),
  };
}

export function addressOf(there) {
  const hash = new URLSearchParams();
  for (const [key, value] of [
    ["as", there.as],
    ["in", there.channel],
    ["thread", there.thread],
    ["tab", there.tab],
    ["list", there.list ? "1" : null],
  ])
    if (value) hash.set(key, value);
  return `#${hash}`;
}

/** Where a permalink led to, once; the address is then the page's own again. */
export function fromQuery() {
  const query = new URLSearchParams(location.search);
  if (!query.has("channel")) return null;
  history.replaceState(null, "", location.pathname + location.hash);
  return { channel: query.get("channel"), message: query.get("message"), thread: query.get("thread") };
}

/** What this browser remembers between visits; it may be forbidden to. */
export const memory = {
  get(key) {
    try {
      return localStorage.getItem(`playground:${key}`);
    } catch (error) {
      console.debug(error);
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`playground:${key}`, value);
    } catch (error) {
      console.debug(error);
    }
  },
};
