/* Messages as a list that is patched by ts: days, groups, replies, files, who may see it. Drawing only; acts go to `deed`. */
import { patchBlocks, readValues } from "./blocks.js";
import { sizeOf } from "./composer.js";
import { fill, h, icon, iconButton, openMenu, patch } from "./dom.js";
import { mrkdwn, nameOf, standpoint, withEmoji, world } from "./mrkdwn.js";
import { clock, dateOf, dayName, dayOf, long, pretty } from "./time.js";

const GROUP_SECONDS = 300;

/** Show `messages` in the list node `parent`. deed = {click, shortcut, openThread, channel, inThread, seen(ts)}. */
export function patchMessages(parent, messages, deed) {
  const items = [];
  let previous = null;
  for (const message of messages) {
    const date = dateOf(message.ts);
    const newDay = !deed.inThread && (!previous || dayOf(dateOf(previous.ts)) !== dayOf(date));
    if (newDay) items.push(divider(`day-${dayOf(date)}`, dayName(date)));
    const follows =
      !newDay &&
      previous &&
      !message.blocks?.length &&
      previous.user === message.user &&
      !previous.reply_count &&
      Boolean(previous.ephemeral) === Boolean(message.ephemeral) &&
      Number(message.ts) - Number(previous.ts) < GROUP_SECONDS &&
      !(deed.inThread && previous === messages[0]);
    const fresh = Boolean(message.reply_count) && !deed.inThread && deed.unseen(message);
    items.push({
      key: `${message.ts}${message.ephemeral ? "e" : ""}`,
      sig: JSON.stringify([message, follows, fresh, deed.channel, standpoint()]),
      make: () => draw(h("li", { tabindex: "-1" }), message, { follows, fresh }, deed),
      update: (node) => draw(node, message, { follows, fresh }, deed),
    });
    previous = message;
    if (deed.inThread && message === messages[0] && deed.replies)
      items.push(divider("replies", deed.replies === 1 ? "1 reply" : `${deed.replies} replies`));
  }
  patch(parent, items);
}

function divider(key, text) {
  return { key, sig: text, make: () => h("li", { class: "divider", role: "separator" }, h("span", {}, text)) };
}

/** A square with initials in the person's own colour; the bot has its shield. */
export function avatar(person, size = "") {
  const node = h("span", { class: `avatar ${size}`, "aria-hidden": "true" });
  if (person?.is_bot) {
    node.classList.add("app");
    node.append(icon("shield"));
    return node;
  }
  const name = person?.real_name || person?.name || "?";
  node.textContent = name
    .split(/\s+/)
    .map((part) => [...part][0])
    .slice(0, 2)
    .join("")
    .toUpperCase();
  const colour = /^#?([0-9a-f]{6})$/i.exec(person?.avatar_color ?? "")?.[1] ?? "5b6b7a";
  let rgb = [0, 2, 4].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const light = luminance(rgb) > 0.4;
  while (!light && luminance(rgb) > 0.18) rgb = rgb.map((part) => Math.floor(part * 0.95)); // white letters need 4.5:1
  node.style.backgroundColor = `rgb(${rgb})`;
  node.style.color = light ? "#111" : "#fff";
  return node;
}

function luminance(rgb) {
  const [r, g, b] = rgb
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** APP, Guest or the other company's mark. */
export function badge(person) {
  if (person?.is_bot) return h("span", { class: "badge" }, "APP");
  if (person?.is_stranger || (person && world.me && person.team_id && person.team_id !== world.me.team_id))
    return h("span", { class: "badge outside" }, "Outside company");
  if (person?.is_restricted) return h("span", { class: "badge outside" }, "Guest");
  return null;
}

function draw(node, message, { follows, fresh }, deed) {
  const person = world.people.get(message.user);
  const date = dateOf(message.ts);
  if (!node.body) {
    node.dataset.testid = "message";
    node.dataset.ts = message.ts;
    node.side = h("div", { class: "message-side" });
    node.head = h("div", { class: "message-head" });
    node.body = h("div", { class: "blocks" });
    node.foot = h("div", { class: "message-foot" });
    node.append(node.side, h("div", { class: "message-main" }, node.head, node.body, node.foot), tools(message, deed));
  }
  node.className = `message${follows ? " follows" : ""}${message.ephemeral ? " ephemeral" : ""}`;
  const time = h("time", { class: "time", datetime: date.toISOString(), title: long(date) }, clock(date));
  fill(node.side, follows ? time : avatar(person));
  if (follows) time.textContent = clock(date).replace(/\s*[ap]\.?m\.?$/i, "");
  fill(
    node.head,
    message.ephemeral ? h("div", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
    follows
      ? h("span", { class: "sr" }, `${nameOf(message.user)}, `)
      : h(
          "div",
          { class: "who" },
          h("span", { class: "name" }, nameOf(message.user)),
          badge(person),
          time.cloneNode(true),
        ),
  );
  if (message.subtype === "deleted") {
    node.body.keyed = undefined;
    fill(node.body, h("p", { class: "faint" }, "This message was deleted."));
  } else if (message.blocks?.length) {
    const act = (payload) => deed.click(message, { ...payload, state: readValues(node.body) });
    const options = (payload) => deed.options(message, payload);
    patchBlocks(node.body, message.blocks, { kind: "message", act, options });
  } else
    patch(node.body, [
      {
        key: "text",
        sig: standpoint() + message.text,
        make: () => h("div", { class: "prose" }, mrkdwn(message.text ?? "")),
      },
    ]);
  node.body.classList.toggle("edited", Boolean(message.edited));
  fill(node.foot, files(message), reactions(message), replies(message, fresh, deed));
  return node;
}

function files(message) {
  return (message.files ?? []).map((file) => {
    const url = `${file.url}?as=${encodeURIComponent(world.me.id)}`;
    const words = [
      h("span", { class: "strong" }, file.title || file.name),
      h(
        "span",
        { class: "faint" },
        `${file.title && file.title !== file.name ? `${file.name} · ` : ""}${sizeOf(Number(file.size) || 0)}`,
      ),
    ];
    const target = {
      href: url,
      download: file.name,
      "aria-label": `Download ${file.name}`,
      data: { focus: `file-${file.id}` },
    };
    return h(
      "div",
      { class: "shared-file", testid: "file" },
      file.picture ? h("img", { class: "picture", src: `${url}&show=1`, alt: file.alt }) : null,
      h("a", { class: "file", ...target }, icon("file"), h("span", {}, words), icon("download")),
    );
  });
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h(
    "div",
    { class: "reactions" },
    message.reactions.map((one) =>
      h(
        "span",
        { class: "reaction", title: (one.users ?? []).map(nameOf).join(", ") },
        `${withEmoji(`:${one.name}:`)} ${one.count ?? one.users?.length ?? 1}`,
      ),
    ),
  );
}

function replies(message, fresh, deed) {
  if (!message.reply_count || deed.inThread) return null;
  const last = dateOf(message.latest_reply);
  return h(
    "button",
    {
      class: `replies${fresh ? " fresh" : ""}`,
      testid: "replies",
      focus: `replies-${message.ts}`,
      click: () => deed.openThread(message.ts),
    },
    h(
      "span",
      { class: "faces" },
      (message.reply_users ?? []).slice(0, 4).map((id) => avatar(world.people.get(id), "small")),
    ),
    h("span", { class: "count" }, message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`),
    fresh ? h("span", { class: "badge new" }, "New") : null,
    h("span", { class: "faint" }, `Last reply ${pretty(last, { dateStyle: "medium" })} at ${clock(last)}`),
  );
}

function tools(message, deed) {
  if (message.ephemeral || message.subtype === "deleted") return h("div", { class: "tools", hidden: true });
  const who = nameOf(message.user);
  const menu = (event) =>
    openMenu(
      event.currentTarget,
      [
        ...(deed.inThread
          ? []
          : [{ label: [icon("reply"), "Reply in Thread"], run: () => deed.openThread(message.ts, true) }]),
        ...(world.shortcuts ?? []).map((one) => ({
          label: [icon("bolt"), h("span", {}, one.name, h("small", {}, world.bot?.name ?? "App"))],
          data: { testid: "shortcut", value: one.callback_id },
          run: () => deed.shortcut(message, one.callback_id),
        })),
        { label: [icon("link"), "Copy Text"], run: () => navigator.clipboard?.writeText(message.text ?? "") },
      ],
      { label: "Message actions", width: 250 },
    );
  const reply = {
    testid: "reply-in-thread",
    focus: `reply-${message.ts}`,
    click: () => deed.openThread(message.ts, true),
  };
  const more = { testid: "message-actions", focus: `more-${message.ts}`, click: menu };
  return h(
    "div",
    { class: "tools" },
    deed.inThread ? null : iconButton("reply", `Reply to ${who} in a thread`, { title: "Reply in thread", ...reply }),
    iconButton("more", `More actions for the message of ${who}`, {
      title: "More actions",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      ...more,
    }),
  );
}
