/* Slack's text formats as DOM nodes: mrkdwn, plain_text, Markdown and rich_text. Live mentions always look alive,
   so one that slipped in through somebody's text can be seen; no link leaves http, https and mailto. */
import { fill, h } from "./dom.js";
import { dateOf, dayOf, inFull, inWords, now } from "./time.js";

/** Who and what ids mean right now; app.js keeps it up to date. */
export const world = {
  me: null,
  people: new Map(),
  groups: new Map(),
  channels: new Map(),
  channelNames: {},
  open: () => false,
};

/** From where one sees the same words differently: names, days and hours are told anew when this changes. */
export const standpoint = () => `${world.me?.id} ${world.me?.tz} ${dayOf(now())} `;

export function nameOf(id) {
  const person = world.people.get(id);
  return person?.real_name || person?.name || id;
}

const EMOJI = Object.fromEntries(
  `
  white_check_mark ✅ heavy_check_mark ✔️ x ❌ warning ⚠️ no_entry ⛔ no_entry_sign 🚫 lock 🔒 unlock 🔓 key 🔑
  shield 🛡️ eyes 👀 wave 👋 tada 🎉 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 question ❓ grey_question ❔ exclamation ❗
  information_source ℹ️ bulb 💡 memo 📝 calendar 📅 date 📅 clock3 🕒 hourglass ⌛ hourglass_flowing_sand ⏳
  stopwatch ⏱️ bell 🔔 mag 🔍 link 🔗 paperclip 📎 page_facing_up 📄 clipboard 📋 bar_chart 📊
  chart_with_upwards_trend 📈 rocket 🚀 fire 🔥 star ⭐ sparkles ✨ speech_balloon 💬 email ✉️ house 🏠 headphones 🎧
  robot_face 🤖 busts_in_silhouette 👥 bust_in_silhouette 👤 handshake 🤝 pray 🙏 large_green_circle 🟢
  large_yellow_circle 🟡 large_orange_circle 🟠 red_circle 🔴 large_blue_circle 🔵 white_circle ⚪
  large_green_square 🟩 large_yellow_square 🟨 large_orange_square 🟧 large_red_square 🟥 white_large_square ⬜
  black_large_square ⬛ arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ one 1️⃣ two 2️⃣ three 3️⃣
  simple_smile 🙂 slightly_smiling_face 🙂 smile 😄 thinking_face 🤔 pushpin 📌 globe_with_meridians 🌐 gear ⚙️
  `
    .trim()
    .match(/\S+\s+\S+/g)
    .map((pair) => pair.split(/\s+/)),
);

export const withEmoji = (text) => String(text).replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
const unescaped = (text) => text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
const leaf = (text) => withEmoji(unescaped(text));

/** A text object (or a bare string, which Slack takes as plain text) as nodes. */
export function textNodes(object) {
  if (object === null || object === undefined) return [];
  if (typeof object === "string") return [object];
  const text = object.text ?? "";
  if (object.type === "mrkdwn") return mrkdwn(text, { verbatim: object.verbatim });
  return [object.emoji === false ? text : withEmoji(text)];
}

export function plainOf(object) {
  return fill(h("span"), textNodes(object)).textContent;
}

const BEFORE = "(?<![\\p{L}\\p{N}])";
const AFTER = "(?![\\p{L}\\p{N}])";
const style = (mark, tag) => [
  new RegExp(`${BEFORE}${mark}(?![\\s${mark}])([^${mark}\\n]*[^${mark}\\n\\s])${mark}${AFTER}`, "u"),
  (m, go) => h(tag, {}, go(m[1])),
];
const CODE = [/`([^`\n]+)`/u, (m) => h("code", {}, inline(m[1], [TOKEN]))];
const TOKEN = [/<([^<>\n]+)>/u, (m) => token(m[1])];
const BARE_URL = [/https?:\/\/[^\s<>|*`]+[^\s<>|*`.,;:!?)\]'"]/u, (m) => link(unescaped(m[0]), leaf(m[0]))];
const MRKDWN = [CODE, TOKEN, style("\\*", "b"), style("_", "i"), style("~", "s")];
const MARKDOWN = [
  CODE,
  [/!?\[([^\]\n]*)\]\(([^()\s]+)\)/u, (m, go) => link(m[2], go(m[1]))],
  TOKEN,
  [/\*\*(?!\s)(.+?)\*\*/u, (m, go) => h("b", {}, go(m[1]))],
  [/__(?!\s)(.+?)__/u, (m, go) => h("b", {}, go(m[1]))],
  style("\\*", "i"),
  style("_", "i"),
  [/~~(.+?)~~/u, (m, go) => h("s", {}, go(m[1]))],
  BARE_URL,
];

function inline(text, rules) {
  const nodes = [];
  while (text) {
    let first = null;
    for (const [pattern, make] of rules) {
      const match = pattern.exec(text);
      if (match && (!first || match.index < first.match.index)) first = { match, make };
    }
    if (!first) {
      nodes.push(leaf(text));
      break;
    }
    if (first.match.index) nodes.push(leaf(text.slice(0, first.match.index)));
    nodes.push(first.make(first.match, (inner) => inline(inner, rules)));
    text = text.slice(first.match.index + first.match[0].length);
  }
  return nodes;
}

/** Slack's mrkdwn: fences, quotes and bullets by line, the rest in line. */
export function mrkdwn(text, { verbatim } = {}) {
  const rules = verbatim ? MRKDWN : [...MRKDWN, BARE_URL];
  return String(text)
    .split(/```\n?([\s\S]+?)\n?```\n?/)
    .flatMap((part, index) =>
      index % 2 ? [h("pre", {}, inline(part, [TOKEN]))] : lines(part, (line) => inline(line, rules)),
    );
}

function lines(text, go) {
  const nodes = [];
  const rows = text.split("\n");
  for (let at = 0; at < rows.length; at += 1) {
    const all = /^(?:&gt;|>){3} ?/.exec(rows[at]);
    if (all) {
      nodes.push(h("blockquote", {}, go(rows.slice(at).join("\n").slice(all[0].length))));
      return nodes;
    }
    const quoted = [];
    while (at < rows.length && /^(&gt;|>)/.test(rows[at])) quoted.push(rows[at++].replace(/^(&gt;|>) ?/, ""));
    if (quoted.length) {
      nodes.push(h("blockquote", {}, go(quoted.join("\n"))));
      at -= 1;
      continue;
    }
    const bullet = /^(\s*)([•◦▪‣–-]|\d{1,3}[.)])\s+(?=\S)/u.exec(rows[at]);
    if (bullet) {
      nodes.push(
        h(
          "span",
          { class: "bullet" },
          h("span", { class: `bullet-mark${/\d/.test(bullet[2]) ? " number" : ""}` }, bullet[2]),
          h("span", {}, go(rows[at].slice(bullet[0].length))),
        ),
      );
    } else nodes.push(...go(rows[at]), at < rows.length - 1 ? "\n" : "");
  }
  return nodes;
}

function token(inside) {
  const [target, label] = [
    inside.split("|", 1)[0],
    inside.includes("|") ? inside.slice(inside.indexOf("|") + 1) : null,
  ];
  if (target.startsWith("@")) return userMention(target.slice(1), label);
  if (target.startsWith("#")) return channelLink(target.slice(1), label);
  if (target.startsWith("!")) return special(target.slice(1), label);
  return link(unescaped(target), label === null ? leaf(target.replace(/^mailto:/, "")) : leaf(label));
}

function special(command, label) {
  const [name, ...rest] = command.split("^");
  if (name === "date") return dateNode(Number(rest[0]), rest[1] ?? "{date} at {time}", rest[2], unescaped(label ?? ""));
  if (name === "subteam")
    return h(
      "span",
      { class: "mention" },
      world.groups.get(rest[0])?.handle ? `@${world.groups.get(rest[0]).handle}` : leaf(label ?? `@${rest[0]}`),
    );
  if (["here", "channel", "everyone"].includes(name))
    return h("span", { class: "mention broadcast", title: "This notifies everybody here" }, `@${name}`);
  return h("span", {}, leaf(label ?? `<${command}>`));
}

function userMention(id, label) {
  const known = world.people.has(id);
  const mine = world.me?.id === id;
  return h(
    "span",
    { class: `mention${mine ? " me" : ""}`, data: { user: id } },
    `@${known ? nameOf(id) : label ? leaf(label) : id}`,
  );
}

function channelLink(id, label) {
  const name = world.channels.get(id)?.name ?? world.channelNames[id] ?? (label ? leaf(label) : null);
  if (!world.channels.has(id)) return h("span", { class: "mention" }, name ? `#${name}` : "private channel");
  return h(
    "a",
    {
      class: "mention",
      href: "#",
      click: (event) => {
        event.preventDefault();
        world.open({ channel: id });
      },
    },
    `#${name}`,
  );
}

/** A link; permalinks open inside the page, and anything but http, https and mailto stays text. */
export function link(address, label) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!["http:", "https:", "mailto:"].includes(url?.protocol)) return h("span", {}, label);
  const follow = (event) => openPermalink(url) && event.preventDefault();
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", click: follow }, label);
}

function openPermalink(url) {
  const place = /^\/archives\/([A-Z0-9]+)\/p(\d{6,})(\d{6})$/.exec(url.pathname);
  return (
    Boolean(place) &&
    world.open({ channel: place[1], message: `${place[2]}.${place[3]}`, thread: url.searchParams.get("thread_ts") })
  );
}

function dateNode(unix, format, href, fallback) {
  const date = dateOf(unix);
  if (!Number.isFinite(date.getTime())) return h("span", {}, fallback);
  const node = h("time", { datetime: date.toISOString(), title: inFull(date) }, inWords(date, format));
  return href ? link(href, node) : node;
}

/** The small part of Markdown that a `markdown` block is used for. */
export function markdown(text) {
  const nodes = [];
  const go = (line) => inline(line, MARKDOWN);
  const rows = String(text).split("\n");
  const take = (pattern) => {
    const taken = [];
    while (rows.length && pattern.test(rows[0])) taken.push(rows.shift());
    return taken;
  };
  while (rows.length) {
    const row = rows[0];
    const heading = /^(#{1,6})\s+(.*)$/.exec(row);
    if (/^```/.test(row)) {
      rows.shift();
      nodes.push(h("pre", {}, unescaped(take(/^(?!```)/).join("\n"))));
      rows.shift();
    } else if (heading) {
      rows.shift();
      nodes.push(
        h(
          "p",
          { class: `md-heading md-${heading[1].length}`, role: "heading", "aria-level": String(heading[1].length + 2) },
          go(heading[2]),
        ),
      );
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(row)) {
      rows.shift();
      nodes.push(h("hr"));
    } else if (/^\s*(&gt;|>)/.test(row))
      nodes.push(
        h(
          "blockquote",
          {},
          go(
            take(/^\s*(&gt;|>)/)
              .map((line) => line.replace(/^\s*(&gt;|>) ?/, ""))
              .join("\n"),
          ),
        ),
      );
    else if (/^\s*[-*+]\s+/.test(row))
      nodes.push(
        h(
          "ul",
          {},
          take(/^\s*[-*+]\s+/).map((line) => h("li", {}, go(line.replace(/^\s*[-*+]\s+/, "")))),
        ),
      );
    else if (/^\s*\d+[.)]\s+/.test(row))
      nodes.push(
        h(
          "ol",
          {},
          take(/^\s*\d+[.)]\s+/).map((line) => h("li", {}, go(line.replace(/^\s*\d+[.)]\s+/, "")))),
        ),
      );
    else if (/^\s*\|.*\|\s*$/.test(row)) {
      const cells = take(/^\s*\|.*\|\s*$/)
        .filter((line) => !/^[\s|:-]+$/.test(line))
        .map((line) =>
          line
            .trim()
            .slice(1, -1)
            .split("|")
            .map((cell) => go(cell.trim())),
        );
      nodes.push(tableNode(cells));
    } else if (!row.trim()) rows.shift();
    else
      nodes.push(
        h("p", {}, go([rows.shift(), ...take(/^(?!\s*(```|#{1,6}\s|&gt;|>|[-*+]\s|\d+[.)]\s|\||$))/)].join("\n"))),
      );
  }
  return nodes;
}

/** Rows of cells (each a list of nodes); the first row is the head. `settings` are Slack's of each column, where a
    column that does not wrap is the rule; `paged` shows so many rows at once; `named` is the column that names its row. */
export function tableNode(rows, { settings, caption, paged, named } = {}) {
  const [head, ...body] = rows;
  const look = (column) => {
    const { align, is_wrapped } = settings?.[column] ?? {};
    return [["right", "center"].includes(align) ? align : "", settings && !is_wrapped ? "nowrap" : ""].join(" ").trim();
  };
  const row = (cells, tag) =>
    h(
      "tr",
      {},
      cells.map((cell, column) => {
        const header = tag === "th" ? "col" : column === named ? "row" : null;
        return h(header ? "th" : tag, { scope: header, class: look(column) || null }, cell);
      }),
    );
  const rest = h("tbody");
  const words = h("span", { role: "status" });
  const turn = (label, by) => h("button", { class: "btn", click: () => showFrom(first + by) }, label);
  const pager =
    paged < body.length ? h("div", { class: "pager" }, words, turn("Previous", -paged), turn("Next", paged)) : null;
  let first = 0;
  const showFrom = (start) => {
    first = start;
    const end = Math.min(first + (paged ?? body.length), body.length);
    fill(
      rest,
      body.slice(first, end).map((cells) => row(cells, "td")),
    );
    words.textContent = `${first + 1}–${end} of ${body.length}`;
    pager
      ?.querySelectorAll("button")
      .forEach((button, last) => (button.disabled = last ? end === body.length : !first));
  };
  showFrom(0);
  const table = h("table", {}, caption ? h("caption", {}, caption) : null, h("thead", {}, row(head ?? [], "th")), rest);
  return [
    h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": caption || "Table" }, table),
    pager,
  ];
}

/** A rich_text block's elements. */
export function richText(elements) {
  const nodes = [];
  const counters = [];
  for (const element of elements ?? []) {
    if (element.type === "rich_text_list") {
      const indent = Math.min(element.indent ?? 0, 8);
      const ordered = element.style === "ordered";
      const start = (ordered ? (element.offset ?? counters[indent] ?? 0) : 0) + 1;
      counters[indent] = start - 1 + element.elements.length;
      counters.length = indent + 1;
      const list = h(
        ordered ? "ol" : "ul",
        { start: start > 1 ? start : null, class: element.border ? "bordered" : null },
        element.elements.map((item) => h("li", {}, richInline(item.elements))),
      );
      list.style.marginInlineStart = `${indent * 24}px`;
      nodes.push(list);
      continue;
    }
    counters.length = 0;
    if (element.type === "rich_text_section") nodes.push(h("div", { class: "rich" }, richInline(element.elements)));
    else if (element.type === "rich_text_quote") nodes.push(h("blockquote", {}, richInline(element.elements)));
    else if (element.type === "rich_text_preformatted") nodes.push(h("pre", {}, richInline(element.elements)));
    else nodes.push(h("div", { class: "unknown" }, `Unknown block: ${element.type}`));
  }
  return nodes;
}

function richInline(elements) {
  return (elements ?? []).map((part) => {
    let node = richPart(part);
    for (const [name, tag] of [
      ["code", "code"],
      ["bold", "b"],
      ["italic", "i"],
      ["strike", "s"],
    ])
      if (part.style?.[name]) node = h(tag, {}, node);
    return node;
  });
}

function richPart(part) {
  switch (part.type) {
    case "text":
      return part.text;
    case "link":
      return link(part.url, part.text || part.url);
    case "user":
      return userMention(part.user_id);
    case "channel":
      return channelLink(part.channel_id);
    case "usergroup":
      return special(`subteam^${part.usergroup_id}`, null);
    case "broadcast":
      return special(part.range, null);
    case "emoji":
      return (
        EMOJI[part.name] ??
        (part.unicode
          ? String.fromCodePoint(...part.unicode.split("-").map((code) => parseInt(code, 16)))
          : `:${part.name}:`)
      );
    case "date":
      return dateNode(part.timestamp, part.format ?? "{date} at {time}", part.url, part.fallback ?? "");
    case "color":
      return h("span", { class: "swatch" }, part.value);
    default:
      return h("span", { class: "unknown" }, `Unknown element: ${part.type}`);
  }
}
