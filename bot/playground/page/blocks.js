/* Block Kit's blocks as DOM nodes, patched one by one so that an open menu or half-typed word survives an update.
   What is not known here is shown as a box that says so, never left out. */
import { fill, h, icon, patch } from "./dom.js";
import { freshId, isGroup, makeElement, picture } from "./elements.js";
import { link, markdown, plainOf, richText, standpoint, tableNode, textNodes } from "./mrkdwn.js";

/** Show `blocks` in `parent`. `surface` = {kind, act(payload), drafts?, edited?(block_id)}. */
export function patchBlocks(parent, blocks, surface) {
  const seen = new Map();
  const items = (blocks ?? []).map((block, index) => {
    const id = block.block_id || `#${index}`;
    const nth = seen.get(id) ?? 0;
    seen.set(id, nth + 1);
    return { key: `${id}/${nth}`, sig: standpoint() + JSON.stringify(block), make: () => drawBlock(block, surface) };
  });
  if (surface.drafts) dropDrafts(surface.drafts, blocks ?? []);
  patch(parent, items);
}

/** The values of every stateful element now in `parent`, in the shape of Slack's state.values. */
export function readValues(parent) {
  const values = {};
  for (const node of parent.querySelectorAll(".block")) {
    for (const control of node.controls ?? [])
      if (control.read) (values[control.ids.block_id] ??= {})[control.ids.action_id] = control.read();
  }
  return values;
}

/** Put each message beside its input; returns those whose block is not on show. */
export function showErrors(parent, errors) {
  const homeless = { ...errors };
  for (const node of parent.querySelectorAll(".block-input")) {
    const text = errors[node.dataset.block];
    delete homeless[node.dataset.block];
    fill(node.errorNode, text ? [icon("info"), text] : null);
    node.classList.toggle("wrong", Boolean(text));
    for (const field of node.querySelectorAll("input, textarea, select, summary")) {
      if (text) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }
  return Object.values(homeless);
}

// Slack forgets what was typed once the input is gone from the view; keeping it would override a later initial value.
function dropDrafts(drafts, blocks) {
  const present = new Set(
    blocks.flatMap((block) =>
      [block.element, block.accessory, ...(block.elements ?? [])]
        .filter(Boolean)
        .map((element) => `${block.block_id ?? ""}\n${element.action_id ?? ""}`),
    ),
  );
  for (const key of [...drafts.keys()]) if (!present.has(key)) drafts.delete(key);
}

function drawBlock(block, surface) {
  const draw = BLOCKS[block.type] ?? unknownBlock;
  const node = h("div", { class: `block block-${block.type}`, data: { block: block.block_id ?? "" } });
  node.controls = [];
  const element = (one, options) => {
    const control = makeElement(one, block, surface, options);
    node.controls.push(control);
    return control.node;
  };
  fill(node, draw(block, element, surface, node));
  return node;
}

const BLOCKS = {
  section: (block, element) => [
    h(
      "div",
      { class: "section-main" },
      block.text ? h("div", { class: "prose" }, textNodes(block.text)) : null,
      block.fields
        ? h(
            "div",
            { class: "fields" },
            block.fields.map((one) => h("div", { class: "prose" }, textNodes(one))),
          )
        : null,
    ),
    block.accessory
      ? h("div", { class: "accessory" }, element(block.accessory, { label: block.text ? plainOf(block.text) : null }))
      : null,
  ],
  header: (block) => h("h3", { class: "block-heading" }, textNodes(block.text)),
  divider: () => h("hr"),
  context: (block) =>
    (block.elements ?? []).map((one) =>
      one.type === "image" ? picture(one) : h("span", { class: "prose" }, textNodes(one)),
    ),
  actions: (block, element) => (block.elements ?? []).map((one) => element(one)),
  context_actions: (block, element) => (block.elements ?? []).map((one) => element(one)),
  image: (block) =>
    h("figure", {}, block.title ? h("figcaption", {}, textNodes(block.title)) : null, picture(block, { large: true })),
  rich_text: (block) => h("div", { class: "prose" }, richText(block.elements)),
  markdown: (block) => h("div", { class: "md" }, markdown(block.text ?? "")),
  table: (block) => tableNode(cellsOf(block), { settings: block.column_settings ?? [] }),
  data_table: (block) =>
    tableNode(cellsOf(block), {
      caption: block.caption,
      paged: block.page_size ?? 5,
      named: block.row_header_column_index ?? 0,
    }),
  input: drawInput,
  alert: (block) => [
    icon("info"),
    h("div", { class: `prose level-${block.level ?? "default"}` }, textNodes(block.text)),
  ],
  card: (block, element) => [
    block.hero_image ? picture(block.hero_image, { large: true }) : null,
    h(
      "div",
      { class: "card-head" },
      block.icon ? picture(block.icon) : null,
      h(
        "div",
        {},
        block.title ? h("div", { class: "prose strong" }, textNodes(block.title)) : null,
        block.subtitle ? h("div", { class: "prose faint" }, textNodes(block.subtitle)) : null,
      ),
    ),
    block.body ? h("div", { class: "prose" }, textNodes(block.body)) : null,
    block.actions?.length
      ? h(
          "div",
          { class: "block-actions" },
          block.actions.map((one) => element(one)),
        )
      : null,
  ],
  carousel: (block, _, surface) => nested(block.elements, surface),
  container: (block, _, surface) => {
    const title = block.rich_text_title ? richText(block.rich_text_title.elements) : textNodes(block.title);
    const head = [
      block.icon ? picture(block.icon) : null,
      h(
        "span",
        {},
        h("span", { class: "strong" }, title),
        block.subtitle ? h("span", { class: "prose faint" }, textNodes(block.subtitle)) : null,
      ),
    ];
    const body = nested(block.child_blocks, surface);
    return block.is_collapsible
      ? h("details", { open: !block.default_collapsed }, h("summary", {}, head, icon("down")), body)
      : [h("div", { class: "container-head" }, head), body];
  },
  video: (block) =>
    h(
      "div",
      { class: "prose" },
      link(block.title_url ?? block.video_url, textNodes(block.title)),
      block.description ? h("div", {}, textNodes(block.description)) : null,
    ),
  plan: (block) => [
    h("div", { class: "strong" }, typeof block.title === "string" ? block.title : textNodes(block.title)),
    (block.tasks ?? []).map((task) => h("div", {}, `${task.title} (${task.status})`)),
  ],
};

function nested(blocks, surface) {
  const body = h("div", { class: "blocks" });
  patchBlocks(body, blocks, { ...surface, drafts: undefined });
  return body;
}

function cellsOf(block) {
  const cell = (one) => (one.type === "rich_text" ? richText(one.elements) : String(one.text ?? one.value ?? ""));
  return (block.rows ?? []).map((row) => row.map(cell));
}

function drawInput(block, element, surface, node) {
  const errorId = freshId("error");
  const hintId = freshId("hint");
  const inner = block.element ?? { type: "missing" };
  const required = !block.optional;
  const words = [
    textNodes(block.label),
    required
      ? h("span", { class: "required", "aria-hidden": "true" }, "*")
      : h("span", { class: "optional" }, "optional"),
  ];
  const control = element(inner, { input: true, required, describedBy: `${block.hint ? `${hintId} ` : ""}${errorId}` });
  const target = node.controls[0].target;
  node.errorNode = h("div", { class: "field-error", id: errorId, testid: "field-error" });
  const rest = [block.hint ? h("div", { class: "hint", id: hintId }, textNodes(block.hint)) : null, node.errorNode];
  if (isGroup(inner))
    return h(
      "fieldset",
      {
        "aria-required": required && inner.type === "radio_buttons" ? "true" : null,
        role: inner.type === "radio_buttons" ? "radiogroup" : null,
      },
      h("legend", {}, words),
      control,
      rest,
    );
  if (target.tagName === "SUMMARY") target.setAttribute("aria-label", plainOf(block.label));
  return [h("label", { for: target.id || null, class: "label" }, words), control, rest];
}

function unknownBlock(block) {
  return h("div", { class: "unknown" }, `Unknown block: ${block.type}`);
}
