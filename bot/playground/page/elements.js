/* Block Kit's elements: buttons, selects, inputs. Each knows its value in exactly the shape of Slack's view.state.values;
   none of them talks to the server itself: a surface ({act, drafts, values}) is told. */
import { askFirst, fill, h, icon, iconButton, openMenu } from "./dom.js";
import { nameOf, plainOf, textNodes, world } from "./mrkdwn.js";
import { fromField, toField } from "./time.js";

const VALUE_KEY = {
  plain_text_input: "value",
  number_input: "value",
  url_text_input: "value",
  email_text_input: "value",
  static_select: "selected_option",
  external_select: "selected_option",
  multi_external_select: "selected_options",
  radio_buttons: "selected_option",
  multi_static_select: "selected_options",
  checkboxes: "selected_options",
  datepicker: "selected_date",
  timepicker: "selected_time",
  datetimepicker: "selected_date_time",
  users_select: "selected_user",
  multi_users_select: "selected_users",
  conversations_select: "selected_conversation",
  multi_conversations_select: "selected_conversations",
  channels_select: "selected_channel",
  multi_channels_select: "selected_channels",
};
let serial = 0;
export const freshId = (name) => `${name}-${(serial += 1)}`;
export const isGroup = (element) => ["checkboxes", "radio_buttons"].includes(element.type);
const FIELD = {
  plain_text_input: "text",
  number_input: "text",
  url_text_input: "url",
  email_text_input: "email",
  datepicker: "date",
  timepicker: "time",
  datetimepicker: "datetime-local",
};

const NAMED = { datepicker: "Date", timepicker: "Time", datetimepicker: "Date and time" };
const MAKERS = {
  button,
  workflow_button: button,
  icon_button: button,
  overflow,
  feedback_buttons: feedback,
  image: (element) => picture(element),
  checkboxes: choices,
  radio_buttons: choices,
  external_select: external,
  multi_external_select: external,
};

/** {node, target, ids, read} of an element; `read` is null for what has no state, `target` is what a label points at. */
export function makeElement(
  element,
  block,
  surface,
  { input = false, required = false, label = null, describedBy = null } = {},
) {
  const ids = { block_id: block.block_id ?? "", action_id: element.action_id ?? "" };
  const kind = element.type;
  const simple = kind in FIELD ? field : !VALUE_KEY[kind] ? unknown : /^multi_/.test(kind) ? manyOf : oneOf;
  const make = MAKERS[kind] ?? simple;
  const data = { blockId: ids.block_id, actionId: ids.action_id };
  const key = VALUE_KEY[element.type];
  const draftKey = `${ids.block_id}\n${ids.action_id}`;
  const initial = surface.drafts?.has(draftKey)
    ? surface.drafts.get(draftKey)[key]
    : element[`initial_${key?.replace("selected_", "")}`];
  let known = initial;
  const control = { ids, target: null, read: null, key };
  const changed = async ({ quiet = false } = {}) => {
    const value = control.read();
    surface.drafts?.set(draftKey, value);
    surface.edited?.(ids.block_id);
    if (quiet || (input && !block.dispatch_action)) return;
    if (element.confirm && !(await confirmed(element.confirm))) {
      control.write?.(known);
      surface.drafts?.delete(draftKey);
      return;
    }
    known = value[key];
    await surface.act({ ...ids, ...value });
  };
  const shared = { data, initial, changed, label, describedBy, required, input, control, ids, surface, block };
  control.node = make(element, shared);
  control.target ??= control.node;
  return control;
}

const safeUrl = (url) => (/^https?:\/\//i.test(url ?? "") ? url : null);

async function confirmed(confirm) {
  return askFirst({
    title: plainOf(confirm.title),
    text: textNodes(confirm.text),
    confirm: plainOf(confirm.confirm),
    deny: plainOf(confirm.deny),
    danger: confirm.style === "danger",
  });
}

function press(element, { ids, surface }, extra = {}) {
  return async (event) => {
    const node = event.currentTarget;
    if (node.getAttribute("aria-busy") === "true") return event.preventDefault();
    if (element.confirm) {
      if (element.url) event.preventDefault();
      if (!(await confirmed(element.confirm))) return;
      if (safeUrl(element.url)) window.open(element.url, "_blank", "noopener");
    }
    node.setAttribute("aria-busy", "true");
    try {
      await surface.act({ ...ids, type: element.type, value: element.value, ...extra });
    } finally {
      node.removeAttribute("aria-busy");
    }
  };
}

// Slack cuts long labels on buttons too: a card that reads well here reads well there.
const READS_WHOLE = 34;

function button(element, shared) {
  const url = safeUrl(element.url);
  const label = element.text ? plainOf(element.text) : "";
  return h(
    url ? "a" : "button",
    {
      class: `btn ${element.style === "primary" || element.style === "danger" ? element.style : ""}`,
      type: url ? null : "button",
      href: url,
      target: url ? "_blank" : null,
      rel: url ? "noopener noreferrer" : null,
      "aria-label": element.accessibility_label ?? null,
      title: label.length > READS_WHOLE ? label : null,
      data: { ...shared.data, value: element.value ?? "" },
      click: press(element, shared),
    },
    h("span", { class: "btn-text" }, element.text ? textNodes(element.text) : (element.icon ?? "Button")),
  );
}

function feedback(element, shared) {
  return h(
    "span",
    { class: "feedback" },
    [element.positive_button, element.negative_button]
      .filter(Boolean)
      .map((one) =>
        h(
          "button",
          {
            class: "btn",
            "aria-label": one.accessibility_label ?? null,
            data: { ...shared.data, value: one.value ?? "" },
            click: press(element, shared, { value: one.value }),
          },
          textNodes(one.text),
        ),
      ),
  );
}

function overflow(element, shared) {
  return h(
    "button",
    {
      class: "btn overflow",
      "aria-label": "More options",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      data: shared.data,
      click: (event) =>
        openMenu(
          event.currentTarget,
          (element.options ?? []).map((option) => ({
            label: [textNodes(option.text), option.description ? h("small", {}, textNodes(option.description)) : null],
            data: { ...shared.data, value: option.value },
            run: async () => {
              if (element.confirm && !(await confirmed(element.confirm))) return;
              if (safeUrl(option.url)) window.open(option.url, "_blank", "noopener");
              await shared.surface.act({ ...shared.ids, type: "overflow", selected_option: option });
            },
          })),
          { label: "More options" },
        ),
    },
    icon("more"),
  );
}

/** Only pictures from this very server are shown, and files that were uploaded to it; nothing is loaded from outside. */
export function picture(element, { large = false } = {}) {
  const alt = element.alt_text ?? "";
  const address = element.image_url ?? element.slack_file?.url ?? "";
  const file = element.slack_file?.id ?? /^\/files\/(\w+)\//.exec(local(address)?.pathname ?? "")?.[1];
  const source = file ? `/page/file/${file}?as=${encodeURIComponent(world.me.id)}&show=1` : local(address)?.href;
  if (source) return h("img", { src: source, alt, class: large ? "picture" : "thumb" });
  const why = "Pictures from outside are not loaded here";
  return h(
    "span",
    { class: large ? "picture-text" : "thumb-text", role: "img", "aria-label": alt, title: why },
    large ? `Picture: ${alt}` : alt.slice(0, 1).toUpperCase() || "•",
  );
}

function local(address) {
  const url = address && URL.canParse(address, location.href) ? new URL(address, location.href) : null;
  return url?.origin === location.origin ? url : null;
}

function unknown(element) {
  return h("span", { class: "unknown" }, `Unknown block: ${element.type}`);
}

function optionsOf(element) {
  const people = () =>
    [...world.people.values()]
      .filter((person) => !person.is_bot && !person.deleted)
      .map((person) => ({ value: person.id, text: nameOf(person.id) }));
  const wanted = element.filter?.include;
  const sort = (one) =>
    one.kind !== "channel" ? (one.kind === "dm" ? "im" : "mpim") : one.private ? "private" : "public";
  const rooms = () =>
    [...world.channels.values()]
      .filter((one) =>
        element.type.includes("conversations") ? !wanted || wanted.includes(sort(one)) : sort(one) === "public",
      )
      .filter((one) => !(one.external && element.filter?.exclude_external_shared_channels))
      .map((one) => ({ value: one.id, text: one.kind === "channel" ? `#${one.name}` : (one.title ?? one.name) }));
  if (element.type.includes("users")) return [{ options: people() }];
  if (/conversations|channels/.test(element.type)) return [{ options: rooms() }];
  if (element.option_groups)
    return element.option_groups.map((group) => ({ label: plainOf(group.label), options: group.options ?? [] }));
  return [{ options: element.options ?? [] }];
}

const isPlain = (element) => !/static_select/.test(element.type);
const wordsOf = (option) => plainOf(option.text) + (option.description ? ` – ${plainOf(option.description)}` : "");

function oneOf(element, { data, initial, changed, label, describedBy, required, input, control }) {
  const groups = optionsOf(element);
  const all = groups.flatMap((group) => group.options);
  const chosen = isPlain(element) ? initial : initial?.value;
  const asNodes = (options) =>
    options.map((option) => h("option", { value: option.value, selected: option.value === chosen }, wordsOf(option)));
  const blank = plainOf(element.placeholder) || "Choose an option";
  const select = h(
    "select",
    {
      id: freshId("field"),
      class: "select",
      data,
      "aria-label": input ? null : (label ?? blank),
      "aria-describedby": describedBy,
      "aria-required": required ? "true" : null,
      on: {
        change: () => changed(),
        // A closed native select changes with every arrow key; a choice that is sent at once must be made in the open list.
        keydown: (event) => {
          if (["ArrowDown", "ArrowUp", "Enter"].includes(event.key) && select.showPicker && !event.altKey) {
            event.preventDefault();
            try {
              select.showPicker();
            } catch (error) {
              console.debug(error);
            }
          }
        },
      },
    },
    h("option", { value: "" }, input && !required && chosen ? "None" : blank),
    groups.map((group) =>
      group.label ? h("optgroup", { label: group.label }, asNodes(group.options)) : asNodes(group.options),
    ),
  );
  const whole = (value) => (isPlain(element) ? value || null : (all.find((option) => option.value === value) ?? null));
  control.read = () => ({ type: element.type, [control.key]: whole(select.value) });
  control.write = (value) => {
    select.value = (isPlain(element) ? value : value?.value) ?? "";
  };
  control.target = select;
  return h("span", { class: "select-box" }, select, icon("down"));
}

function tick(kind, name, option, { data, checked, describedBy, onChange }) {
  const box = h("input", {
    type: kind,
    name,
    value: option.value,
    checked,
    data: { ...data, value: option.value },
    "aria-describedby": describedBy,
    on: { change: onChange },
  });
  return h(
    "label",
    { class: "choice" },
    box,
    h("span", {}, textNodes(option.text), option.description ? h("small", {}, textNodes(option.description)) : null),
  );
}

function choices(element, { data, initial, changed, label, describedBy, input, control }) {
  const kind = element.type === "checkboxes" ? "checkbox" : "radio";
  const chosen = new Set(
    [initial]
      .flat()
      .filter(Boolean)
      .map((option) => option.value),
  );
  const name = freshId("choice");
  const options = element.options ?? [];
  const list = h(
    "div",
    {
      class: "choices",
      role: input ? null : kind === "radio" ? "radiogroup" : "group",
      "aria-label": input ? null : (label ?? "Options"),
    },
    options.map((option) =>
      tick(kind, name, option, { data, checked: chosen.has(option.value), describedBy, onChange: () => changed() }),
    ),
  );
  const boxes = [...list.querySelectorAll("input")];
  control.read = () => {
    const picked = options.filter((_, index) => boxes[index].checked);
    return { type: element.type, [control.key]: kind === "checkbox" ? picked : (picked[0] ?? null) };
  };
  control.write = (value) => {
    const now = new Set(
      [value]
        .flat()
        .filter(Boolean)
        .map((option) => option.value),
    );
    boxes.forEach((box) => {
      box.checked = now.has(box.value);
    });
  };
  control.target = boxes[0];
  return list;
}

/** A select whose options the app is asked for, letter by letter; one or many. */
function external(element, { data, initial, changed, label, describedBy, required, input, control, surface, ids }) {
  const many = element.type.startsWith("multi_");
  const least = element.min_query_length ?? 3;
  const most = element.max_selected_items ?? Infinity;
  const blank = plainOf(element.placeholder) || (least > 1 ? `Type ${least} letters or more` : "Type to find");
  const list = h("div", {
    class: "many-list",
    id: freshId("found"),
    role: "listbox",
    "aria-label": "Options",
    hidden: true,
  });
  const chips = h("span", { class: "many-line" });
  let chosen = [initial].flat().filter(Boolean);
  let found = [];
  let at = 0;
  let turn = 0;
  let dirty = false;

  const shut = () => {
    turn += 1;
    found = [];
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const draw = () => {
    const drop = (option) => () => {
      choose(chosen.filter((one) => one !== option));
      box.focus();
    };
    if (many)
      fill(
        chips,
        chosen.map((option) => {
          const words = plainOf(option.text);
          return h(
            "span",
            { class: "chip" },
            words,
            iconButton("close", `Leave out ${words}`, { click: drop(option) }),
          );
        }),
      );
    box.value = many || !chosen.length ? "" : plainOf(chosen[0].text);
  };
  const choose = (now) => {
    chosen = now;
    shut();
    draw();
    dirty = many;
    changed({ quiet: many });
  };
  const mark = () => {
    found.forEach((one, index) => one.node.setAttribute("aria-selected", String(index === at)));
    box.setAttribute("aria-activedescendant", found[at].node.id);
    found[at].node.scrollIntoView({ block: "nearest" });
  };
  const ask = async () => {
    const value = box.value.trim();
    if (value.length < least) return shut();
    const mine = (turn += 1);
    const answer = await surface.options({ ...ids, value });
    if (mine !== turn || !box.isConnected) return;
    const groups = answer.option_groups ?? [{ options: answer.options ?? [] }];
    const taken = new Set(many ? chosen.map((one) => one.value) : []);
    found = [];
    fill(
      list,
      groups.map((group) => [
        group.label ? h("div", { class: "menu-heading", role: "presentation" }, plainOf(group.label)) : null,
        group.options
          .filter((option) => !taken.has(option.value))
          .map((option) => {
            const pick = (event) => {
              event.preventDefault();
              take(option);
            };
            const words = [
              textNodes(option.text),
              option.description ? h("small", { class: "faint" }, textNodes(option.description)) : null,
            ];
            const attributes = {
              class: "complete-item",
              id: freshId("option"),
              role: "option",
              data: { value: option.value },
            };
            const node = h("div", { ...attributes, on: { pointerdown: pick } }, words);
            found.push({ option, node });
            return node;
          }),
      ]),
    );
    if (!found.length)
      fill(list, h("div", { class: "faint", role: "status" }, answer.ok ? "Nothing found" : "No answer. Type again."));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    at = 0;
    if (found.length) mark();
  };
  const take = (option) => choose(many ? [...chosen, option].slice(0, most) : [option]);
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing) return;
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "Enter" && found.length) take(found[at].option);
    else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      shut();
      draw();
    } else if (event.key === "Backspace" && many && !box.value && chosen.length) choose(chosen.slice(0, -1));
    else if (step && found.length) {
      event.preventDefault();
      at = (at + step + found.length) % found.length;
      mark();
    } else if (step && list.hidden) ask();
  };
  let later = null;
  const box = h("input", {
    id: freshId("field"),
    class: "text",
    type: "text",
    role: "combobox",
    autocomplete: "off",
    placeholder: blank,
    data,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
    "aria-label": input ? null : (label ?? blank),
    "aria-describedby": describedBy,
    "aria-required": required ? "true" : null,
    on: {
      keydown: keys,
      focus: () => least || ask(),
      input: () => {
        clearTimeout(later);
        later = setTimeout(ask, 200);
      },
      blur: () => {
        clearTimeout(later);
        shut();
        if (!many && chosen.length && !box.value.trim()) choose([]);
        draw();
        if (dirty) changed();
        dirty = false;
      },
    },
  });
  control.read = () => ({ type: element.type, [control.key]: many ? chosen : (chosen[0] ?? null) });
  control.write = (value) => {
    chosen = [value].flat().filter(Boolean);
    draw();
  };
  control.target = box;
  draw();
  return h("div", { class: "combo" }, many ? chips : null, box, list);
}

function manyOf(element, { data, initial, changed, label, describedBy, input, control }) {
  const groups = optionsOf(element);
  const all = groups.flatMap((group) => group.options);
  const chosen = new Set((initial ?? []).map((option) => (isPlain(element) ? option : option.value)));
  const blank = plainOf(element.placeholder) || "Choose options";
  const line = h("span", { class: "many-line" });
  const name = freshId("many");
  const most = element.max_selected_items ?? Infinity;
  let dirty = false;
  const body = h(
    "div",
    { class: "many-list" },
    groups.map((group) => [
      group.label ? h("div", { class: "menu-heading" }, group.label) : null,
      group.options.map((option) =>
        tick(
          "checkbox",
          name,
          {
            ...option,
            text: typeof option.text === "string" ? { type: "plain_text", text: option.text } : option.text,
          },
          {
            data,
            checked: chosen.has(option.value),
            describedBy,
            onChange: () => {
              dirty = true;
              draw();
              changed({ quiet: true });
            },
          },
        ),
      ),
    ]),
  );
  const boxes = [...body.querySelectorAll("input")];
  const draw = () => {
    const picked = all.filter((_, index) => boxes[index].checked);
    line.replaceChildren(
      ...(picked.length
        ? picked.map((option) => h("span", { class: "chip" }, plainOf(option.text)))
        : [h("span", { class: "faint" }, blank)]),
    );
    boxes.forEach((box) => {
      box.disabled = !box.checked && picked.length >= most;
    });
  };
  const search =
    all.length > 8
      ? h("input", {
          type: "search",
          class: "many-search",
          placeholder: "Find an option",
          "aria-label": "Find an option",
          on: {
            input: () =>
              boxes.forEach((box, index) => {
                box.parentElement.hidden = !wordsOf(all[index]).toLowerCase().includes(search.value.toLowerCase());
              }),
          },
        })
      : null;
  const summary = h(
    "summary",
    { id: freshId("field"), "aria-label": input ? null : label, "aria-describedby": describedBy },
    line,
    icon("down"),
  );
  const details = h(
    "details",
    {
      class: "many",
      data,
      on: {
        toggle: () => {
          if (!details.open && dirty) {
            dirty = false;
            changed();
          }
        },
        keydown: (event) => {
          if (event.key === "Escape" && details.open) {
            event.preventDefault();
            event.stopPropagation();
            details.open = false;
            summary.focus();
          }
        },
        focusout: (event) => {
          if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
        },
      },
    },
    summary,
    search,
    body,
  );
  control.read = () => ({
    type: element.type,
    [control.key]: all
      .filter((_, index) => boxes[index].checked)
      .map((option) => (isPlain(element) ? option.value : option)),
  });
  control.write = (value) => {
    const now = new Set((value ?? []).map((option) => (isPlain(element) ? option : option.value)));
    boxes.forEach((box) => {
      box.checked = now.has(box.value);
    });
    draw();
  };
  control.target = summary;
  draw();
  return details;
}

function field(element, { data, initial, changed, label, describedBy, required, input, block, control }) {
  const value =
    initial === null || initial === undefined
      ? ""
      : element.type === "datetimepicker"
        ? toField(initial)
        : String(initial);
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const typed = /_input$/.test(element.type);
  let later = null;
  // A date typed digit by digit is a valid one several times on the way; only what it ends as is sent.
  let byKeys = false;
  let sent = null;
  const send = () => {
    byKeys = false;
    if (node.value === sent) return;
    sent = node.value;
    changed();
  };
  const said = () => {
    changed({ quiet: true });
    if (typed && block.dispatch_action && triggers.includes("on_character_entered")) {
      clearTimeout(later);
      later = setTimeout(changed, 400);
    }
  };
  const node = h(element.multiline ? "textarea" : "input", {
    id: freshId("field"),
    class: "text",
    data,
    type: element.multiline ? null : FIELD[element.type],
    rows: element.multiline ? "4" : null,
    inputmode: element.type === "number_input" ? (element.is_decimal_allowed ? "decimal" : "numeric") : null,
    autocomplete: "off",
    placeholder: element.placeholder
      ? plainOf(element.placeholder)
      : element.type === "url_text_input"
        ? "https://"
        : null,
    maxlength: element.max_length ?? null,
    max: { datepicker: "9999-12-31", datetimepicker: "9999-12-31T23:59" }[element.type], // four digits for a year
    "aria-label": input ? null : label || plainOf(element.placeholder) || NAMED[element.type],
    "aria-describedby": describedBy,
    "aria-required": required ? "true" : null,
    on: {
      input: said,
      change: () => typed || byKeys || send(),
      blur: () => typed || send(),
      pointerdown: () => {
        byKeys = false;
      },
      keydown: (event) => {
        if (!typed) {
          byKeys = event.key !== "Enter";
          if (event.key === "Enter" && !input) send();
        }
        if (
          event.key !== "Enter" ||
          event.isComposing ||
          element.multiline ||
          !block.dispatch_action ||
          !triggers.includes("on_enter_pressed")
        )
          return;
        event.preventDefault();
        changed();
      },
    },
  });
  node.value = sent = value;
  control.read = () => {
    const now =
      element.type === "datetimepicker"
        ? node.value
          ? fromField(node.value)
          : null
        : (typed && element.type !== "plain_text_input" ? node.value.trim() : node.value) || null;
    return { type: element.type, [control.key]: now };
  };
  control.write = (now) => {
    node.value = sent = now === null || now === undefined ? "" : element.type === "datetimepicker" ? toField(now) : now;
  };
  return node;
}
