/* Building and patching DOM nodes. Data enters as text nodes and attributes only; there is no door for markup. */

/** An element: attributes (null and false are left out), `on` for listeners, `data` for data-*; strings become text.
    `click` is the usual listener; `testid` and `focus` are data-testid and data-focus. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  if (tag === "button") node.type = "button"; // in a form a button would send it, unless it says so
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (name === "data")
      for (const [key, item] of Object.entries(value)) {
        if (item != null) node.dataset[key] = item;
      }
    else if (name === "click") node.addEventListener("click", value);
    else if (name === "testid" || name === "focus") node.dataset[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
}

export function fill(node, ...children) {
  node.replaceChildren();
  add(node, children);
  return node;
}

const ICONS = {
  lock: "M5 9V6.5a5 5 0 0 1 10 0V9M4 9h12v8H4z",
  close: "M5 5l10 10M15 5L5 15",
  back: "M12.5 4.5L7 10l5.5 5.5",
  reply: "M3.5 5h13v8.5H9L5.5 16.5v-3h-2z",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  send: "M3.5 16.5L17 10 3.5 3.5l2 6.5zM5.5 10H11",
  down: "M6 8l4 4 4-4",
  check: "M4.5 10.5l3.5 3.5 7.5-8",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.4 4.4l1 1M14.6 14.6l1 1M15.6 4.4l-1 1M5.4 14.6l-1 1",
  moon: "M16 11.5A6.5 6.5 0 1 1 8.5 4a5.2 5.2 0 0 0 7.5 7.5z",
  auto: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 3v14",
  link: "M8.5 11.5l3-3M7 9L5 11a2.8 2.8 0 0 0 4 4l2-2M13 11l2-2a2.8 2.8 0 0 0-4-4L9 7",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  shield: "M10 2.5l6 2.2v4.8c0 3.8-2.5 6.5-6 8-3.5-1.5-6-4.2-6-8V4.7zM7.3 10l2 2 3.5-4",
  file: "M5 2.5h6.5L15.5 7v10.5H5zM11 3v4.5h4",
  globe: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM3 10h14M10 3c-4 4.5-4 9.5 0 14M10 3c4 4.5 4 9.5 0 14",
  info: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 9.5V14M10 6.5h.01",
  restart: "M4 10a6 6 0 1 0 2-4.5M6 2.5v3.5h3.5",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6v4.2l2.8 1.8",
  attach: "M15.5 9.5l-6 6a3.6 3.6 0 0 1-5-5l6.5-6.5a2.4 2.4 0 0 1 3.4 3.4L8 13.8a1.2 1.2 0 0 1-1.7-1.7l5.2-5.2",
  download: "M10 3v9M6 8.5l4 4 4-4M4 16.5h12",
  forward: "M3.5 5l6 5-6 5zM10.5 5l6 5-6 5z",
  bolt: "M11 2.5L4.5 11.5H9.5L9 17.5l6.5-9H10.5z",
};

/** A button that is nothing but an icon, and the words for it. */
export function iconButton(name, label, attributes = {}) {
  return h("button", { class: "plain", "aria-label": label, title: label, ...attributes }, icon(name));
}

/** A line icon; it is decoration, so the control around it carries the words. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name] ?? ICONS.info);
  svg.append(path);
  return svg;
}

/** Make `parent` show `items` ({key, sig, make, update?}) and leave every node alone whose signature did not change. */
export function patch(parent, items) {
  const before = parent.keyed ?? new Map();
  const after = new Map();
  keepFocus(parent, () => {
    let cursor = parent.firstChild;
    for (const item of items) {
      const old = before.get(item.key);
      let node = old?.node;
      if (!old || (old.sig !== item.sig && !item.update)) node = item.make();
      else if (old.sig !== item.sig) item.update(node);
      if (old && old.node !== node) {
        if (cursor === old.node) cursor = cursor.nextSibling;
        old.node.remove();
      }
      if (node === cursor) cursor = cursor.nextSibling;
      else parent.insertBefore(node, cursor);
      node.patchKey = item.key;
      after.set(item.key, { node, sig: item.sig });
    }
    while (cursor) {
      const next = cursor.nextSibling;
      cursor.remove();
      cursor = next;
    }
  });
  parent.keyed = after;
}

/** Run `work`; if it removed the focused control, focus its successor (same ids), else the nearest survivor. */
export function keepFocus(root, work) {
  const active = document.activeElement;
  if (!active || active === document.body || !root.contains(active)) return void work();
  const holders = [];
  for (let node = active.parentElement; node && node !== document.body; node = node.parentElement) holders.push(node);
  const scope = holders.find((node) => node.patchKey !== undefined && node !== active);
  const find = selectorOf(active);
  const caret = active.selectionStart === undefined ? null : readCaret(active);
  work();
  if (document.activeElement === active) return;
  const next = (active.isConnected && active) || (find && (scope?.isConnected ? scope : root).querySelector(find));
  const target =
    next || holders.find((node) => node.isConnected && node.tabIndex >= -1 && node.hasAttribute("tabindex"));
  target?.focus({ preventScroll: true });
  if (next && caret && next.setSelectionRange) {
    try {
      next.setSelectionRange(...caret);
    } catch (error) {
      console.debug(error);
    }
  }
}

function readCaret(node) {
  return node.selectionStart === null ? null : [node.selectionStart, node.selectionEnd];
}

function selectorOf(node) {
  const { focus, blockId, actionId, value } = node.dataset;
  if (focus) return `[data-focus="${CSS.escape(focus)}"]`;
  if (!actionId) return null;
  return (
    `[data-block-id="${CSS.escape(blockId ?? "")}"][data-action-id="${CSS.escape(actionId)}"]` +
    (value === undefined ? "" : `[data-value="${CSS.escape(value)}"]`)
  );
}

/** A menu beside `anchor`: arrows, Home, End, type-ahead by Tab order, Escape; focus goes back where it came from. */
export function openMenu(anchor, entries, { label, width } = {}) {
  document.querySelector(".menu")?.closeMenu?.();
  const host = anchor.closest("dialog") ?? document.body;
  const buttons = entries.map((entry) =>
    entry.heading
      ? h("div", { class: "menu-heading", role: "presentation" }, entry.heading)
      : h(
          "button",
          {
            class: "menu-item" + (entry.danger ? " danger" : ""),
            tabindex: "-1",
            testid: entry.testid,
            data: entry.data ?? {},
            role: entry.checked === undefined ? "menuitem" : "menuitemradio",
            "aria-checked": entry.checked === undefined ? null : String(entry.checked),
            click: () => {
              close(true);
              entry.run();
            },
          },
          entry.node ?? entry.label,
        ),
  );
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label ?? null }, buttons);
  const items = buttons.filter((node) => node.tagName === "BUTTON");
  const outside = (event) => {
    if (!menu.contains(event.target) && !anchor.contains(event.target)) close(false);
  };
  function close(giveBack) {
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    if (giveBack && anchor.isConnected) anchor.focus();
  }
  menu.closeMenu = () => close(false);
  menu.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length].focus();
    }
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    }
  });
  host.append(menu);
  anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  place(menu, anchor, width);
  (items.find((node) => node.getAttribute("aria-checked") === "true") ?? items[0])?.focus();
}

function place(menu, anchor, width) {
  const box = anchor.getBoundingClientRect();
  if (width) menu.style.width = `${Math.min(width, innerWidth - 16)}px`;
  const { offsetWidth, offsetHeight } = menu;
  const below = box.bottom + 4 + offsetHeight <= innerHeight - 8;
  menu.style.left = `${Math.max(8, Math.min(box.right - offsetWidth, innerWidth - offsetWidth - 8))}px`;
  menu.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - offsetHeight - 4)}px`;
}

/** Ask before an act, as Block Kit's confirm object words it. Escape and Cancel mean no. */
export function askFirst({ title, text, confirm, deny, danger }) {
  return new Promise((answer) => {
    const dialog = h(
      "dialog",
      { class: "confirm", testid: "confirm", "aria-labelledby": "confirm-title" },
      h("h2", { id: "confirm-title" }, title),
      h("div", { class: "confirm-text" }, text),
      h(
        "div",
        { class: "confirm-buttons" },
        h("button", { class: "btn", testid: "confirm-cancel", click: () => dialog.close("") }, deny ?? "Cancel"),
        h(
          "button",
          { class: `btn ${danger ? "danger" : "primary"}`, testid: "confirm-ok", click: () => dialog.close("yes") },
          confirm ?? "Yes",
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
