/* The playground page: fetches what one person sees, shows it, and sends what they do. It holds no truth of its own:
   the server's State is drawn anew on every change, and only what differs is touched. */
import { addressOf, fromQuery, memory, readAddress } from "./address.js";
import { patchBlocks, readValues } from "./blocks.js";
import { makeComposer } from "./composer.js";
import { fill, h, icon, iconButton, keepFocus, patch } from "./dom.js";
import { drawSide, drawTop, isBotDm, roomMark, titleOf, toast } from "./frame.js";
import { patchMessages } from "./messages.js";
import { showModal } from "./modal.js";
import { mrkdwn, nameOf, world } from "./mrkdwn.js";
import { setTime } from "./time.js";

const $ = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 761px)");
const roomy = matchMedia("(min-width: 1000px)");
let state = null;
let place = {}; // {as, channel, thread, tab, list} as the address says
let feed = null;
const seen = new Map(); // newest reply a person has had on screen, by thread
const asked = new Set(); // messages sent from here whose first answer opens the thread by itself
const toasted = new Set();

// ---- the address: who, where ------------------------------------------------------------------------------------

function go(change) {
  // Whom one has just become is in the address before the State of that person is here.
  const there = addressOf({ as: place.as ?? state?.me.id, channel: place.channel, ...change });
  if (there !== location.hash) location.hash = there;
  arrive();
}

async function arrive() {
  const before = place;
  place = readAddress();
  if (!state || (place.as && place.as !== state.me.id)) {
    await refresh();
    listen();
  }
  if (before.channel !== place.channel || before.as !== place.as || before.tab !== place.tab) atBottom.main = true;
  if (before.thread !== place.thread) atBottom.thread = true;
  draw();
  if (place.tab === "home" && (before.tab !== "home" || before.channel !== place.channel || before.as !== place.as))
    post("home", {}, { quiet: true });
}

/** Open a place by its ids; a channel this person is not in is said so. */
function openPlace({ channel, message, thread }) {
  if (!state.channels.some((one) => one.id === channel)) {
    toast("You are not in that channel.");
    return true;
  }
  const parent = thread && thread !== message ? thread : state.threads[channel]?.[message] ? message : null;
  go({ channel, thread: parent });
  setTimeout(() => {
    const node = document.querySelector(`${parent ? "#thread" : "#main"} [data-ts="${CSS.escape(message ?? "")}"]`);
    node?.scrollIntoView({ block: "center" });
    node?.classList.add("flash");
    node?.focus({ preventScroll: true });
  }, 60);
  return true;
}

// ---- talking to the server --------------------------------------------------------------------------------------

const TROUBLE = {
  dispatch_failed: () => `${state.bot.name} is not responding right now. Try again in a moment.`,
  operation_timeout: () => `${state.bot.name} took too long to answer. Try again.`,
  unknown_command: () => "That is not a command here. Type / to see which there are.",
  command_in_thread: () => "Commands do not work in threads. Use the message box of the channel.",
  not_allowed: () => "People from outside the company cannot use this app here.",
  file_too_large: () => "Those files are too large. A message takes 5 MB of files here.",
  too_many_files: () => "A message takes 10 files at most.",
  msg_too_long: () => "That message is too long. Shorten it and send it again.",
  message_not_found: () => "That message is gone.",
  action_not_found: () => "That button is no longer there.",
  view_not_found: () => "That window is no longer open.",
  clock_is_moving: () => "The time is being moved already. Wait until it stands.",
  clock_stopped: () => `${state.bot.name} met a fault on the way, so the time stands where it got to.`,
  not_in_channel: () => "You are not in that channel.",
};

async function post(path, body, { quiet = false } = {}) {
  let answer = { ok: false, error: "unreachable" };
  try {
    const reply = await fetch(`/page/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: state.me.id, ...body }),
    });
    answer = reply.status === 413 ? { ok: false, error: "file_too_large" } : await reply.json();
  } catch (error) {
    console.debug(error);
  }
  await refresh();
  const told = answer.error === "dispatch_failed" && state.notices?.some((one) => one.code === "dispatch_failed");
  if (!answer.ok && !quiet && !told)
    toast(
      answer.error === "unreachable"
        ? "The playground does not answer. Is it still running?"
        : (TROUBLE[answer.error]?.() ?? `That did not work (${answer.error}).`),
    );
  return answer;
}

let fetching = null;
let again = false;

/** Fetch the State and draw it; calls that come while one is under way share the next one. */
function refresh() {
  if (fetching) {
    again = true;
    return fetching;
  }
  fetching = (async () => {
    do {
      again = false;
      const wanted = place.as ?? "";
      const next = await fetchState(wanted);
      if (wanted !== (place.as ?? "")) again = true;
      else if (next) {
        try {
          take(next);
        } catch (error) {
          console.error(error);
        }
      }
    } while (again);
    fetching = null;
  })();
  return fetching;
}

async function fetchState(person) {
  try {
    const reply = await fetch(`/page/state?as=${encodeURIComponent(person)}`);
    if (reply.ok) return await reply.json();
  } catch (error) {
    console.debug(error);
  }
  return null; // the live feed notices the server's return and asks again
}

function take(next) {
  const before = state;
  state = next;
  setTime(next.clock.now, next.me.tz);
  const people = new Map(next.people.map((one) => [one.id, one]));
  Object.assign(world, {
    me: next.me,
    people,
    groups: new Map((next.groups ?? []).map((one) => [one.id, one])),
    channelNames: next.channel_names ?? {},
    commands: next.commands,
    shortcuts: next.shortcuts,
    bot: next.bot,
    open: openPlace,
  });
  world.channels = new Map(next.channels.map((one) => [one.id, { ...one, title: titleOf(one) }]));
  if (before?.me.id === next.me.id) announce(before, next);
  else markAllSeen(next);
  openAnswered(next);
  draw();
}

function listen() {
  feed?.close();
  const source = new EventSource(`/page/events?as=${encodeURIComponent(state?.me.id ?? place.as ?? "")}`);
  feed = source;
  let slow = null;
  source.addEventListener("open", () => {
    clearTimeout(slow);
    slow = null;
    document.body.classList.remove("offline");
  });
  source.addEventListener("changed", (event) => {
    if (!state || JSON.parse(event.data).seq !== state.seq) refresh();
  });
  source.addEventListener("error", () => {
    slow ??= setTimeout(() => document.body.classList.add("offline"), 3000);
    if (source.readyState === EventSource.CLOSED && feed === source)
      setTimeout(() => {
        if (feed === source) {
          listen();
          refresh();
        }
      }, 1000);
  });
}

// ---- what is new ------------------------------------------------------------------------------------------------

const threadKey = (channel, ts) => `${state.me.id}/${channel}/${ts}`;
const newest = (messages) => messages?.[messages.length - 1]?.ts ?? "0";

function markAllSeen(now) {
  for (const [channel, threads] of Object.entries(now.threads)) {
    for (const [ts, replies] of Object.entries(threads))
      if (!seen.has(threadKey(channel, ts))) seen.set(threadKey(channel, ts), newest(replies));
  }
  if (!toasted.size) for (const one of now.notices ?? []) toasted.add(one.id);
}

function announce(before, now) {
  const words = [];
  for (const channel of now.channels) {
    const known = new Set(
      [...(before.messages[channel.id] ?? []), ...Object.values(before.threads[channel.id] ?? {}).flat()].map(
        (one) => one.ts,
      ),
    );
    for (const one of [...(now.messages[channel.id] ?? []), ...Object.values(now.threads[channel.id] ?? {}).flat()]) {
      if (known.has(one.ts) || one.user === now.me.id || channel.id !== place.channel) continue;
      words.push(`${nameOf(one.user)}: ${fill(h("span"), mrkdwn(one.text ?? "")).textContent.slice(0, 200)}`);
    }
  }
  if (words.length) $("announcer").textContent = words.slice(-3).join(". ");
}

// Somebody who has just asked should see the answer; Slack itself leaves this to a click, which a newcomer has to find.
function openAnswered(now) {
  for (const key of [...asked]) {
    const [channel, ts] = key.split("/");
    const replies = now.threads[channel]?.[ts];
    if (!replies?.length) continue;
    asked.delete(key);
    if (roomy.matches && place.channel === channel && !place.thread) queueMicrotask(() => go({ channel, thread: ts }));
  }
}

// ---- drawing ----------------------------------------------------------------------------------------------------

const parts = {};
const desk = {
  get state() {
    return state;
  },
  get place() {
    return place;
  },
  go,
  post,
  closeThread,
};
const atBottom = { main: true, thread: true };
const touched = { main: null, thread: null }; // the card whose button was pressed last, and what it said then

function draw() {
  if (!state) return;
  place.as ??= state.me.id;
  const channel =
    world.channels.get(place.channel) ??
    [...world.channels.values()].find((one) => one.kind === "channel" && !one.external) ??
    [...world.channels.values()][0];
  if (!channel) return;
  if (channel.id !== place.channel || place.as !== state.me.id || !readAddress().as) {
    place = {
      as: state.me.id,
      channel: channel.id,
      thread: channel.id === place.channel ? place.thread : null,
      tab: null,
      list: place.list,
    };
    history.replaceState(null, "", addressOf(place));
  }
  const parent = place.thread ? (state.messages[channel.id] ?? []).find((one) => one.ts === place.thread) : null;
  document.body.dataset.pane = place.list ? "list" : parent ? "thread" : "channel";
  const unread = state.channels.reduce(
    (sum, one) => sum + (one.mention || (one.kind === "channel" ? 0 : one.unread)),
    0,
  );
  document.title = `${unread ? `(${unread}) ` : ""}${channel.kind === "channel" ? "#" : ""}${channel.title} · ${state.title}`;
  keepFocus(document.body, () => {
    drawTop(desk);
    drawSide(desk, channel);
    drawMain(channel);
    drawThread(channel, parent);
  });
  showModal(state.modal, post);
  for (const one of state.notices ?? [])
    if (!toasted.has(one.id)) {
      toasted.add(one.id);
      toast(one.text, () => post("notice_close", { id: one.id }, { quiet: true }));
    }
  markRead(channel);
}

let marked = ""; // asked once for each state of affairs, so that a server that cannot mark is not asked for ever
function markRead(channel) {
  const waiting = channel.unread || channel.mention;
  const sig = `${state.me.id}/${channel.id}/${channel.unread}/${channel.mention}/${newest(state.messages[channel.id])}`;
  if (!waiting) marked = "";
  if (!waiting || sig === marked || document.visibilityState !== "visible" || (place.list && !wide.matches)) return;
  marked = sig;
  post("read", { channel: channel.id }, { quiet: true });
}

function once(name, make) {
  return (parts[name] ??= make());
}

function drawMain(channel) {
  const main = once("main", () => {
    const head = h("header", { class: "main-head" });
    const banner = h("div", { class: "banner", role: "note" });
    const list = h("ol", { class: "messages", testid: "messages", "aria-label": "Messages" });
    const scroll = h(
      "div",
      {
        class: "scroll",
        tabindex: "-1",
        on: {
          scroll: () => {
            atBottom.main = nearEnd(scroll);
            jump.hidden = atBottom.main;
          },
        },
      },
      list,
    );
    const jump = h(
      "button",
      {
        class: "jump",
        hidden: true,
        click: () => {
          scroll.scrollTop = scroll.scrollHeight;
        },
      },
      icon("down"),
      "Newest messages",
    );
    const home = h("div", { class: "scroll home blocks", tabindex: "-1", role: "tabpanel", "aria-label": "Home" });
    const composer = makeComposer({
      testid: "composer",
      label: "Message",
      commands: true,
      send: (text, files) => sendFrom("main", text, files),
    });
    takesFiles($("main"), composer);
    scroll.addEventListener("load", () => atBottom.main && toEnd(scroll), true); // a picture came and is taller than thought
    fill($("main"), head, banner, scroll, home, h("div", { class: "composer-place" }, jump, composer.node));
    $("skip").addEventListener("click", (event) => {
      event.preventDefault();
      composer.focus();
    });
    return { head, banner, list, scroll, home, composer, jump };
  });
  const tabbed = isBotDm(channel);
  const home = tabbed && place.tab === "home";
  patch(main.head, [
    {
      key: "head",
      sig: JSON.stringify([channel, place.tab, state.me.id]),
      make: () => h("div", { class: "main-title" }, mainTitle(channel, tabbed, home)),
    },
  ]);
  drawBanner(main);
  main.scroll.hidden = home;
  main.home.hidden = !home;
  main.composer.node.parentElement.hidden = home;
  main.composer.set({
    key: `${state.me.id}/${channel.id}`,
    placeholder: `Message ${channel.kind === "channel" ? "#" : ""}${channel.title}`,
    note: channel.external ? "People outside the company can read this channel." : "",
  });
  if (home) return drawHome(main.home);
  const messages = state.messages[channel.id] ?? [];
  if (messages.length) patchMessages(main.list, messages, deedFor(channel, false));
  else
    patch(main.list, [
      {
        key: `blank-${channel.id}`,
        sig: channel.id,
        make: () =>
          h(
            "li",
            { class: "blank" },
            tabbed
              ? `This is your conversation with ${state.bot.name}. Ask about a tool in your own words.`
              : "No messages here yet.",
          ),
      },
    ]);
  stick(main.scroll, "main", `${state.me.id}/${channel.id}`);
  main.jump.hidden = nearEnd(main.scroll);
}

function mainTitle(channel, tabbed, home) {
  const tab = (name, text, on) =>
    h(
      "button",
      {
        role: "tab",
        class: "tab",
        "aria-selected": String(on),
        tabindex: on ? "0" : "-1",
        testid: `${name}-tab`,
        focus: `${name}-tab`,
        on: {
          click: () => go({ tab: name === "home" ? "home" : null }),
          keydown: (event) => {
            if (["ArrowLeft", "ArrowRight"].includes(event.key)) {
              (event.currentTarget.nextSibling ?? event.currentTarget.previousSibling).focus();
            }
          },
        },
      },
      text,
    );
  const count = channel.members?.length;
  return [
    h("h1", {}, roomMark(channel), h("span", {}, channel.title), tabbed ? h("span", { class: "badge" }, "APP") : null),
    channel.external ? h("span", { class: "shared" }, icon("globe"), "Shared with an outside company") : null,
    tabbed
      ? h(
          "div",
          { class: "tabs", role: "tablist", "aria-label": state.bot.name },
          tab("home", "Home", home),
          tab("messages", "Messages", !home),
        )
      : null,
    channel.topic ? h("p", { class: "topic", title: channel.topic }, mrkdwn(channel.topic)) : null,
    channel.kind === "channel" && count
      ? h(
          "span",
          { class: "members", title: channel.members.map(nameOf).join(", ") },
          `${count} ${count === 1 ? "member" : "members"}`,
        )
      : null,
  ];
}

function drawBanner({ banner, composer }) {
  const text = state.banner;
  const [, before, example] = /^(.*?\bTry\b[^@/]*)([@/].+)$/s.exec((text ?? "").replaceAll("`", "")) ?? [
    null,
    text ?? "",
    null,
  ];
  const room = /#([\w-]+)/.exec(before)?.[1];
  // Anywhere but in the channel it speaks of it would only be in the way.
  const elsewhere = room && world.channels.get(place.channel)?.name !== room;
  banner.hidden = !text || elsewhere || memory.get("banner") === text;
  if (banner.hidden || banner.dataset.text === text) return;
  banner.dataset.text = text;
  const use = () => {
    go({
      channel: state.channels.find((one) => one.name === room)?.id ?? place.channel,
      thread: roomy.matches ? place.thread : null,
    });
    composer.insert(example);
  };
  fill(
    banner,
    icon("info"),
    h(
      "span",
      {},
      before,
      example
        ? h("button", { class: "try", testid: "try", title: "Put this in the message box", click: use }, example)
        : null,
    ),
    iconButton("close", "Hide this hint", {
      click: () => {
        memory.set("banner", text);
        banner.hidden = true;
        composer.focus();
      },
    }),
  );
}

function drawHome(node) {
  if (!state.home) {
    node.keyed = undefined;
    return void fill(node, h("p", { class: "blank" }, "Nothing to show yet."));
  }
  if (!node.keyed) fill(node);
  if (node.owner !== state.me.id) {
    node.owner = state.me.id;
    node.keyed = undefined;
    node.drafts = new Map();
    fill(node);
  }
  const view = state.home;
  patchBlocks(node, view.blocks, {
    kind: "home",
    drafts: node.drafts,
    act: (payload) => post("view_click", { view_id: view.id, ...payload, state: readValues(node) }),
    options: (payload) => post("options", { view_id: view.id, ...payload }, { quiet: true }),
  });
}

function drawThread(channel, parent) {
  const panel = $("thread");
  panel.hidden = !parent;
  document.body.classList.toggle("has-thread", Boolean(parent));
  if (!parent) return;
  const thread = once("thread", () => {
    const title = h("span", { class: "faint" });
    const list = h("ol", { class: "messages", "aria-label": "Thread messages" });
    const scroll = h(
      "div",
      {
        class: "scroll",
        tabindex: "-1",
        on: {
          scroll: () => {
            atBottom.thread = nearEnd(scroll);
          },
        },
      },
      list,
    );
    const composer = makeComposer({
      testid: "thread-composer",
      label: "Reply",
      commands: false,
      send: (text, files) => sendFrom("thread", text, files),
    });
    takesFiles(panel, composer);
    scroll.addEventListener("load", () => atBottom.thread && toEnd(scroll), true);
    const close = iconButton("close", "Close thread", { testid: "thread-close", click: closeThread });
    fill(
      panel,
      h(
        "header",
        { class: "main-head" },
        h("div", { class: "main-title" }, h("h2", {}, "Thread"), title, h("span", { class: "spring" }), close),
      ),
      scroll,
      h("div", { class: "composer-place" }, composer.node),
    );
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) closeThread();
    });
    return { title, list, scroll, composer };
  });
  const replies = (state.threads[channel.id]?.[parent.ts] ?? []).filter((one) => one.ts !== parent.ts);
  seen.set(threadKey(channel.id, parent.ts), newest(replies));
  thread.title.textContent = `${channel.kind === "channel" ? "#" : ""}${channel.title}`;
  const deed = { ...deedFor(channel, true), replies: replies.filter((one) => !one.ephemeral).length };
  patchMessages(thread.list, [parent, ...replies], deed);
  thread.composer.set({
    key: `${state.me.id}/${channel.id}/${parent.ts}`,
    placeholder: "Reply…",
    note: channel.external ? "People outside the company can read this thread." : "",
  });
  stick(thread.scroll, "thread", `${state.me.id}/${parent.ts}`);
}

function closeThread() {
  const ts = place.thread;
  go({ thread: null });
  setTimeout(
    () => document.querySelector(`[data-focus="replies-${CSS.escape(ts ?? "")}"]`)?.focus({ preventScroll: true }),
    0,
  );
}

const startOfLast = (node) => (node.querySelector("ol").lastElementChild?.offsetTop ?? 0) - 8;

/** At the end, or reading a last message that is too tall to fit. */
const nearEnd = (node) =>
  node.scrollHeight - node.scrollTop - node.clientHeight < 60 || node.scrollTop >= startOfLast(node) - 4;

function stick(node, name, key) {
  const isNew = node.placeKey !== key;
  const last = node.querySelector("ol").lastElementChild;
  if (isNew) {
    node.placeKey = key;
    atBottom[name] = true;
  }
  const card = touched[name] && node.querySelector(`[data-ts="${CSS.escape(touched[name].ts)}"]`);
  if (card && card.textContent !== touched[name].said) {
    const end = card.offsetTop + card.offsetHeight;
    if (card.offsetTop < node.scrollTop || end > node.scrollTop + node.clientHeight)
      node.scrollTop = card.offsetTop - 8;
    touched[name] = null;
    atBottom[name] = nearEnd(node);
  } else if (atBottom[name]) {
    // Who reads within the last card stays there: a button under a finger must not leave before it is let go.
    if (!isNew && node.last === last && node.scrollTop >= node.lastStart)
      node.scrollTop += startOfLast(node) - node.lastStart;
    else toEnd(node);
  }
  node.last = last;
  node.lastStart = startOfLast(node);
}

// A card taller than the pane is read from its top, where its point is.
function toEnd(node) {
  node.scrollTop = Math.min(node.scrollHeight - node.clientHeight, Math.max(startOfLast(node), 0));
}

// ---- what a person does -----------------------------------------------------------------------------------------

function deedFor(channel, inThread) {
  return {
    channel: channel.id,
    inThread,
    click: (message, payload) => {
      const name = inThread ? "thread" : "main";
      const card = $(name).querySelector(`[data-ts="${CSS.escape(message.ts)}"]`);
      touched[name] = card ? { ts: message.ts, said: card.textContent } : null;
      return post("click", {
        channel: channel.id,
        message_ts: message.ts,
        ephemeral: message.ephemeral ? true : undefined,
        ...payload,
      });
    },
    options: (message, payload) =>
      post("options", { channel: channel.id, message_ts: message.ts, ...payload }, { quiet: true }),
    shortcut: (message, callback) =>
      post("shortcut", { channel: channel.id, message_ts: message.ts, callback_id: callback }),
    openThread: (ts, write) => {
      go({ channel: channel.id, thread: ts });
      if (write) setTimeout(() => parts.thread?.composer.focus(), 50);
    },
    unseen: (message) =>
      message.latest_reply > (seen.get(threadKey(channel.id, message.ts)) ?? "0") &&
      newestAuthor(channel.id, message.ts) !== state.me.id,
  };
}

const newestAuthor = (channel, ts) => state.threads[channel]?.[ts]?.at(-1)?.user;

/** Files dropped anywhere on a pane go into its message box; elsewhere the browser must not open them. */
function takesFiles(pane, composer) {
  const mark = (on) => pane.classList.toggle("dropping", on);
  pane.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files") && !composer.node.parentElement.hidden) mark(true);
  });
  pane.addEventListener("dragleave", (event) => pane.contains(event.relatedTarget) || mark(false));
  pane.addEventListener("drop", (event) => {
    mark(false);
    if (event.dataTransfer.files.length && !composer.node.parentElement.hidden)
      composer.attach(event.dataTransfer.files);
  });
}
for (const type of ["dragover", "drop"])
  document.addEventListener(type, (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());

const encoded = (file) =>
  new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () =>
      done({
        name: file.name,
        mimetype: file.type,
        content_base64: reader.result.slice(reader.result.indexOf(",") + 1),
      }),
    );
    reader.addEventListener("error", () => failed(reader.error));
    reader.readAsDataURL(file);
  });

async function sendFrom(where, text, files) {
  const { channel } = place;
  const thread = where === "thread" ? place.thread : undefined;
  atBottom[where] = true;
  const command = /^(\/\S+)\s*([\s\S]*)$/.exec(text);
  if (command && where === "thread") {
    toast(TROUBLE.command_in_thread());
    return false;
  }
  if (command && !state.commands.some((one) => one.command === command[1])) {
    toast(TROUBLE.unknown_command());
    return false;
  }
  if (command && files.length) {
    toast("A command takes no files. Send them in a message of their own.");
    return false;
  }
  let content = [];
  try {
    content = await Promise.all(files.map(encoded));
  } catch (error) {
    console.debug(error);
    toast("A file could not be read any more. Attach it again.");
    return false;
  }
  const answer = command
    ? await post("command", { channel, command: command[1], text: command[2] })
    : await post("post", { channel, thread_ts: thread, text, files: content });
  if (answer.ok && !command && !thread && answer.ts) {
    asked.add(`${channel}/${answer.ts}`);
    openAnswered(state);
  }
  return answer.ok;
}

// ---- begin ------------------------------------------------------------------------------------------------------

const wanted = fromQuery();
place = readAddress();
addEventListener("hashchange", arrive);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && state) draw();
});
await refresh();
if (!state)
  fill(
    $("main"),
    h(
      "p",
      { class: "blank" },
      "The playground does not answer. Start it with “preflight demo” and load this page again.",
    ),
  );
else {
  if (wanted) openPlace(wanted);
  if (place.tab === "home") post("home", {}, { quiet: true });
}
listen();
