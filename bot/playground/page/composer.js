/* The message box: completion of @people, #channels and /commands, drafts that survive switching. It sends what was
   typed as it is; what a mention means is the server's to say. */
import { fill, h, icon, iconButton } from "./dom.js";
import { nameOf, world } from "./mrkdwn.js";

const MOST_FILES = 10;
const MOST_BYTES = 5 * 1024 * 1024; // of all files of one message
const drafts = new Map();
const attached = new Map(); // files waiting to be sent, by place, as drafts are
let serial = 0;

export const sizeOf = (bytes) =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1048576
      ? `${Math.round(bytes / 1024)} KB`
      : `${(bytes / 1048576).toFixed(1)} MB`;

/** A composer node with `set({key, placeholder, note})`, `insert(text)`, `attach(files)` and `focus()`.
    `send(text, files)` resolves to true when it went out. */
export function makeComposer({ testid, label, send, commands }) {
  const listId = `complete-${(serial += 1)}`;
  const list = h("div", { class: "complete", id: listId, role: "listbox", "aria-label": "Suggestions", hidden: true });
  const box = h("textarea", {
    rows: "1",
    data: { testid },
    "aria-label": label,
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "true",
  });
  const go = h(
    "button",
    { class: "send", "aria-label": "Send", testid: `${testid}-send`, click: () => submit() },
    icon("send"),
  );
  const note = h("div", { class: "composer-note" });
  const trouble = h("div", { class: "composer-trouble", role: "alert", testid: `${testid}-trouble` });
  const chips = h("ul", { class: "attached", "aria-label": "Files to send" });
  const picker = h("input", { type: "file", multiple: true, hidden: true, testid: `${testid}-file` });
  const clip = iconButton("attach", "Attach files", { testid: `${testid}-attach`, click: () => picker.click() });
  picker.addEventListener("change", () => {
    attach(picker.files);
    picker.value = "";
  });
  const inner = h("div", { class: "composer-box" }, clip, box, go);
  const node = h("div", { class: "composer" }, list, chips, inner, picker, trouble, note);
  let found = [];
  let at = 0;
  let key = "";
  let placeholder = "";

  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 180)}px`;
    go.disabled = !box.value.trim() && !waiting().length;
  };
  const waiting = () => attached.get(key) ?? [];

  function attach(files) {
    const all = [...waiting(), ...files];
    const bytes = all.reduce((sum, file) => sum + file.size, 0);
    const empty = all.find((file) => !file.size);
    const why = empty
      ? `${empty.name} is empty or a folder, so it cannot be sent.`
      : all.length > MOST_FILES
        ? `A message takes ${MOST_FILES} files at most.`
        : bytes > MOST_BYTES
          ? `These files have ${sizeOf(bytes)} together; a message takes ${sizeOf(MOST_BYTES)} here.`
          : "";
    fill(trouble, why);
    if (!why) attached.set(key, all);
    drawAttached();
    box.focus();
  }

  function drawAttached() {
    fill(
      chips,
      waiting().map((file) => {
        const drop = () => {
          attached.set(
            key,
            waiting().filter((one) => one !== file),
          );
          fill(trouble);
          drawAttached();
          box.focus();
        };
        const words = h(
          "span",
          {},
          h("span", { class: "strong" }, file.name),
          " ",
          h("span", { class: "faint" }, sizeOf(file.size)),
        );
        return h("li", {}, icon("file"), words, iconButton("close", `Leave out ${file.name}`, { click: drop }));
      }),
    );
    grow();
  }
  const hide = () => {
    list.hidden = true;
    found = [];
    box.removeAttribute("aria-activedescendant");
    box.removeAttribute("aria-controls");
  };

  function complete() {
    const before = box.value.slice(0, box.selectionStart);
    const command = commands ? /^\/\S*$/.exec(before) : null;
    const mention = /(?:^|[\s(])([@#][^@#\n]{0,40})$/.exec(before);
    found = command ? commandsFor(command[0]) : mention ? namesFor(mention[1]) : [];
    at = 0;
    if (!found.length) return hide();
    list.hidden = false;
    box.setAttribute("aria-controls", listId);
    draw();
  }

  function draw() {
    fill(
      list,
      found.map((one, index) =>
        h(
          "div",
          {
            class: "complete-item",
            id: `${listId}-${index}`,
            role: "option",
            "aria-selected": String(index === at),
            data: { testid: "suggestion", value: one.insert.trim() },
            on: {
              pointerdown: (event) => {
                event.preventDefault();
                take(one);
              },
              pointermove: () => {
                if (at !== index) {
                  at = index;
                  mark();
                }
              },
            },
          },
          one.avatar ?? null,
          h("span", { class: "strong" }, one.label),
          one.more ? h("span", { class: "faint" }, one.more) : null,
        ),
      ),
    );
    mark();
  }

  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    box.setAttribute("aria-activedescendant", `${listId}-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  function take(one) {
    const caret = box.selectionStart;
    const start = caret - one.typed.length;
    box.setRangeText(one.insert, start, caret, "end");
    hide();
    grow();
    drafts.set(key, box.value);
    box.focus();
  }

  async function submit() {
    const text = box.value.trim();
    const files = waiting();
    if (!text && !files.length) return;
    const from = key;
    hide();
    box.value = "";
    drafts.delete(from);
    attached.delete(from);
    drawAttached();
    if (await send(text, files)) return;
    drafts.set(from, text);
    attached.set(from, files);
    if (key !== from) return;
    box.value ||= text;
    drawAttached();
  }

  box.addEventListener("input", () => {
    drafts.set(key, box.value);
    grow();
    complete();
  });
  box.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    attach(event.clipboardData.files);
  });
  box.addEventListener("click", complete);
  box.addEventListener("blur", hide);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (found.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        at = (at + step + found.length) % found.length;
        return mark();
      }
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        return hide();
      }
      const whole = found[at].insert.trim().toLowerCase() === found[at].typed.toLowerCase(); // nothing left to complete
      if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !whole)) {
        event.preventDefault();
        return take(found[at]);
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  });
  grow();
  return {
    node,
    attach,
    set(now) {
      if (now.key !== key) {
        key = now.key;
        box.value = drafts.get(key) ?? "";
        fill(trouble);
        hide();
        drawAttached();
      }
      if (now.placeholder !== placeholder) {
        placeholder = now.placeholder;
        box.placeholder = placeholder;
        box.setAttribute("aria-label", placeholder);
      }
      if (note.textContent !== (now.note ?? "")) fill(note, now.note ?? "");
    },
    insert(text) {
      box.value = text;
      drafts.set(key, text);
      grow();
      box.focus();
      box.setSelectionRange(text.length, text.length);
    },
    focus() {
      box.focus();
    },
  };
}

function commandsFor(typed) {
  return (world.commands ?? [])
    .filter((one) => one.command.startsWith(typed.toLowerCase()))
    .map((one) => ({
      typed,
      insert: `${one.command} `,
      label: `${one.command}${one.hint ? ` ${one.hint}` : ""}`,
      more: one.description,
    }));
}

function namesFor(typed) {
  const words = typed.slice(1).toLowerCase();
  const starts = (name) =>
    name.toLowerCase().startsWith(words) ||
    (words &&
      name
        .toLowerCase()
        .split(/[\s._-]+/)
        .some((part) => part.startsWith(words)));
  if (typed[0] === "#") {
    return [...world.channels.values()]
      .filter((one) => one.kind === "channel" && starts(one.name))
      .slice(0, 8)
      .map((one) => ({ typed, insert: `#${one.name} `, label: `#${one.name}`, more: one.topic }));
  }
  return [...world.people.values()]
    .filter((one) => !one.deleted && (starts(nameOf(one.id)) || starts(one.name)))
    .sort((a, b) => Number(b.is_bot) - Number(a.is_bot) || nameOf(a.id).localeCompare(nameOf(b.id)))
    .slice(0, 8)
    .map((one) => ({
      typed,
      insert: `@${nameOf(one.id)} `,
      label: nameOf(one.id),
      more: one.is_bot ? "App" : one.title,
    }));
}
