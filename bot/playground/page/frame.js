/* What surrounds the conversation: top bar, person switcher, theme, channel list, notices. It changes nothing itself;
   `desk` ({state, place, go, post, closeThread}) does. */
import { addressOf, memory } from "./address.js";
import { askFirst, fill, h, icon, iconButton, openMenu, patch } from "./dom.js";
import { avatar, badge } from "./messages.js";
import { nameOf, world } from "./mrkdwn.js";
import { inUtc, inZone, now } from "./time.js";

const $ = (id) => document.getElementById(id);
let bar = null;

/** The bar across the top: workspace, theme, and who one is. */
export function drawTop(desk) {
  const top = (bar ??= (() => {
    const name = h("span", { class: "workspace" });
    const back = h(
      "button",
      {
        class: "plain back",
        "aria-label": "Back",
        testid: "back",
        click: () => (desk.place.thread ? desk.closeThread() : desk.go({ list: true })),
      },
      icon("back"),
    );
    const time = h("span", {});
    const timeButton = h(
      "button",
      {
        class: "clock",
        testid: "clock",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        click: (event) => openMenu(event.currentTarget, moves(desk), { label: "Move the time ahead", width: 270 }),
      },
      icon("clock"),
      time,
    );
    const theme = h("button", { class: "plain", testid: "theme", click: nextTheme });
    const who = h("button", {
      class: "switcher",
      testid: "person-switcher",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      click: (event) => openMenu(event.currentTarget, people(desk), { label: "Be somebody else", width: 320 }),
    });
    fill(
      $("topbar"),
      back,
      h("span", { class: "logo" }, icon("shield")),
      h("span", { class: "where" }, name, timeButton),
      /demo/i.test(desk.state.title) ? null : h("span", { class: "badge demo" }, "Demo"),
      h("span", { class: "offline-note", role: "status" }, "Reconnecting…"),
      h("span", { class: "spring" }),
      theme,
      who,
    );
    setInterval(() => showTime(bar), 1000);
    return { name, back, theme, who, time, timeButton };
  })());
  top.name.textContent = desk.state.title;
  top.back.hidden = Boolean(desk.place.list);
  const elsewhere = desk.state.channels.some((one) => one.unread && one.id !== desk.place.channel);
  top.back.classList.toggle("waits", elsewhere && !desk.place.thread);
  top.back.setAttribute("aria-label", elsewhere && !desk.place.thread ? "Back. Unread messages elsewhere" : "Back");
  showTheme(top.theme);
  const { movable, moving } = desk.state.clock;
  top.timeButton.disabled = !movable;
  top.timeButton.setAttribute("aria-busy", String(moving));
  showTime(top);
  const me = desk.state.me;
  const sig = JSON.stringify([me.id, me.real_name, me.title]);
  if (top.sig === sig) return;
  top.sig = sig;
  fill(
    top.who,
    avatar(me),
    h(
      "span",
      { class: "switcher-text" },
      h("span", { class: "strong" }, nameOf(me.id)),
      h("span", { class: "faint" }, me.title || "Member"),
    ),
    icon("down"),
  );
  top.who.setAttribute("aria-label", `You are ${nameOf(me.id)}, ${me.title}. Be somebody else`);
}

function showTime({ time, timeButton }) {
  const text = inUtc(now());
  if (time.textContent === text) return;
  time.textContent = text;
  timeButton.setAttribute("aria-label", `Playground time: ${text}. Move it ahead`);
  timeButton.title = `Where ${nameOf(world.me.id)} is: ${inZone(now(), world.me.tz)} (${world.me.tz})`;
}

function moves(desk) {
  const by = (hours, label) => ({
    label: [icon("forward"), label],
    testid: `forward-${hours}`,
    run: async () => {
      if ((await desk.post("forward", { hours })).ok) $("announcer").textContent = `It is now ${inUtc(now())}.`;
    },
  });
  return [{ heading: bar.timeButton.title }, by(1, "+1 Hour"), by(24, "+1 Day"), by(168, "+1 Week")];
}

function people(desk) {
  const all = desk.state.people.filter((one) => one.can_switch);
  const apart = new Set(all.map((one) => one.tz)).size > 1; // where people live in several zones, hours are worth telling
  const about = (one) => [one.title, apart ? inZone(now(), one.tz) : ""].filter(Boolean).join(" · ");
  const entries = all.map((one) => ({
    checked: one.id === desk.state.me.id,
    testid: `person-${one.id}`,
    run: () => desk.go({ as: one.id, channel: desk.place.channel, thread: desk.place.thread }),
    node: [
      avatar(one),
      h(
        "span",
        { class: "switcher-text" },
        h("span", {}, h("span", { class: "strong" }, one.real_name || one.name), " ", badge(one)),
        h("span", { class: "faint" }, about(one)),
      ),
      one.waiting ? h("span", { class: "count-badge" }, one.waiting) : null,
      one.id === desk.state.me.id ? icon("check") : null,
    ],
  }));
  const reset = {
    label: [icon("restart"), "Start Over With the Demo Data"],
    danger: true,
    testid: "reset",
    run: async () => {
      if (
        await askFirst({
          title: "Start over?",
          text: "Everything done here so far is thrown away and the demo data comes back.",
          confirm: "Start Over",
          danger: true,
        })
      )
        await desk.post("reset", {});
    },
  };
  return [
    { heading: "See the workspace as" },
    ...entries,
    ...(desk.state.reset ? [{ heading: "Playground" }, reset] : []),
  ];
}

const THEMES = {
  auto: ["auto", "Theme follows the system"],
  light: ["sun", "Light theme"],
  dark: ["moon", "Dark theme"],
};

function showTheme(button) {
  const now = THEMES[memory.get("theme")] ? memory.get("theme") : "auto";
  document.documentElement.dataset.theme = now;
  if (button.dataset.now === now) return;
  button.dataset.now = now;
  fill(button, icon(THEMES[now][0]));
  button.setAttribute("aria-label", `${THEMES[now][1]}. Change theme`);
  button.title = THEMES[now][1];
}

function nextTheme(event) {
  const names = Object.keys(THEMES);
  memory.set("theme", names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length]);
  showTheme(event.currentTarget);
}

/** The list of channels and conversations. */
export function drawSide(desk, current) {
  const groups = [
    ["Channels", desk.state.channels.filter((one) => one.kind === "channel")],
    ["Direct messages", desk.state.channels.filter((one) => one.kind !== "channel" && !isBotDm(one))],
    ["Apps", desk.state.channels.filter(isBotDm)],
  ];
  patch(
    $("sidebar"),
    groups
      .filter(([, list]) => list.length)
      .map(([title, list]) => ({
        key: title,
        sig: JSON.stringify([title, list, current.id, desk.state.me.id]),
        make: () => {
          const section = h("section", {}, h("h2", {}, title), h("ul"));
          fillSide(desk, section, list, current);
          return section;
        },
        update: (section) => fillSide(desk, section, list, current),
      })),
  );
}

function fillSide(desk, section, list, current) {
  patch(
    section.lastChild,
    list.map((one) => ({
      key: one.id,
      sig: JSON.stringify([one, one.id === current.id, desk.state.me.id]),
      make: () => h("li", {}, sideLink(desk, one, one.id === current.id)),
    })),
  );
}

function sideLink(desk, one, here) {
  const waiting = one.kind === "channel" ? one.mention : one.unread || one.mention;
  const words = [one.unread ? `${one.unread} unread` : "", one.external ? "shared with an outside company" : ""]
    .filter(Boolean)
    .join(", ");
  return h(
    "a",
    {
      class: `room${one.unread && !here ? " unread" : ""}`,
      href: addressOf({ as: desk.state.me.id, channel: one.id }),
      "aria-current": here ? "page" : null,
      testid: `channel-${one.id}`,
      focus: `channel-${one.id}`,
      click: (event) => {
        if (!event.metaKey && !event.ctrlKey && !event.shiftKey) {
          event.preventDefault();
          desk.go({ channel: one.id });
        }
      },
    },
    roomMark(one),
    h("span", { class: "room-name" }, titleOf(one)),
    words ? h("span", { class: "sr" }, `, ${words}`) : null,
    one.external ? h("span", { class: "shared-mark", title: "Shared with an outside company" }, icon("globe")) : null,
    (waiting || one.unread) && !here
      ? h(
          "span",
          { class: `count-badge${waiting ? "" : " quiet"}`, "aria-hidden": "true" },
          String(waiting || one.unread),
        )
      : null,
  );
}

export function roomMark(channel) {
  if (isBotDm(channel)) return avatar({ is_bot: true }, "small");
  if (channel.kind !== "channel")
    return avatar(world.people.get(channel.with ?? channel.user) ?? { real_name: channel.name }, "small");
  return h("span", { class: "hash", "aria-hidden": "true" }, channel.private ? icon("lock") : "#");
}

export function titleOf(channel) {
  if (channel.kind === "dm")
    return channel.with ? (world.people.get(channel.with)?.real_name ?? world.bot.name) : channel.name;
  return channel.name;
}

export const isBotDm = (channel) =>
  channel.kind === "dm" && (channel.with ?? channel.user ?? world.bot.id) === world.bot.id;

/** A short notice that goes by itself; `dismissed` is told when it does. */
export function toast(text, dismissed = null) {
  const box = $("toasts");
  if ([...box.children].some((one) => one.textContent === text)) return;
  const leave = () => {
    node.remove();
    if (!box.children.length) box.hidePopover?.();
    dismissed?.();
  };
  const node = h(
    "div",
    { class: "toast", role: "status", testid: "toast" },
    icon("info"),
    h("span", {}, text),
    iconButton("close", "Dismiss", { click: leave }),
  );
  box.append(node);
  if (box.matches(":popover-open")) box.hidePopover(); // shown again, it lies above a modal opened meanwhile
  box.showPopover?.();
  setTimeout(() => {
    if (node.isConnected && !node.matches(":hover, :focus-within")) leave();
  }, 9000);
}
