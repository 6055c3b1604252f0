/* The modal on top of a person's stack. It keeps what was typed until Slack itself would forget it, and closes only
   when the person or the server says so. */
import { patchBlocks, readValues, showErrors } from "./blocks.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { plainOf, textNodes } from "./mrkdwn.js";

let open = null; // {id, dialog, body, surface, sig, callback}
const closed = new Set(); // views closed here whose going the server has not yet confirmed

/** Make the page show `view` (or none). `post(path, body)` talks to the server. */
export function showModal(view, post) {
  if (!view || closed.has(view.id)) return shut();
  if (open?.id !== view.id) build(view, post);
  const sig = JSON.stringify([view.title, view.submit, view.close, view.blocks, view.previous]);
  if (sig !== open.sig) draw(view, post);
  if (JSON.stringify(view.errors ?? {}) !== open.errors) tellErrors(view.errors ?? {}, { jump: false });
  open.errors = JSON.stringify(view.errors ?? {});
}

export const modalIsOpen = () => open !== null;

function shut() {
  const was = open;
  open = null;
  was?.dialog.close();
  was?.dialog.remove();
  if (was && document.activeElement === document.body) returnTo(was)?.focus({ preventScroll: true });
}

// The button that opened the window may be gone with the card it stood on; the message is still there.
function returnTo({ before, message }) {
  if (before?.isConnected) return before;
  return message && document.querySelector(`#${message.pane} [data-ts="${CSS.escape(message.ts)}"]`);
}

function build(view, post) {
  const before = open?.before ?? document.activeElement;
  const ts = before?.closest(".message")?.dataset.ts;
  const message = open?.message ?? (ts ? { ts, pane: before.closest("#thread") ? "thread" : "main" } : null);
  const old = open;
  const body = h("div", { class: "blocks modal-body", tabindex: "-1" });
  const form = h("form", {
    class: "modal-form",
    novalidate: true,
    on: {
      submit: (event) => {
        event.preventDefault();
        submit(post);
      },
    },
  });
  const dialog = h(
    "dialog",
    {
      class: "modal",
      testid: "modal",
      "aria-labelledby": "modal-title",
      on: {
        cancel: (event) => {
          event.preventDefault();
          close(post);
        },
      },
    },
    form,
  );
  const surface = {
    kind: "modal",
    drafts: new Map(),
    edited: (block) => {
      if (open?.wrong?.[block]) {
        delete open.wrong[block];
        showErrors(body, open.wrong);
      }
    },
    act: (payload) => post("view_click", { view_id: view.id, ...payload, state: readValues(body) }),
    options: (payload) => post("options", { view_id: view.id, ...payload }, { quiet: true }),
  };
  open = {
    id: view.id,
    dialog,
    form,
    body,
    surface,
    before,
    message,
    sig: null,
    errors: "{}",
    wrong: {},
    callback: null,
  };
  document.body.append(dialog);
  dialog.showModal();
  old?.dialog.close();
  old?.dialog.remove();
}

function draw(view, post) {
  const { form, body, surface } = open;
  const fresh = open.callback !== `${view.callback_id}\n${plainOf(view.title)}`;
  if (!open.head) {
    open.head = h("header", { class: "modal-head" });
    open.alert = h("div", { class: "modal-alert", role: "alert" });
    open.foot = h("footer", { class: "modal-foot" });
    fill(form, open.head, body, open.alert, open.foot);
  }
  const hasFocus = (node) => node.contains(document.activeElement);
  const footHadFocus = hasFocus(open.foot);
  fill(
    open.head,
    h("h2", { id: "modal-title" }, textNodes(view.title)),
    iconButton(view.previous ? "back" : "close", view.previous ? "Back" : "Close", {
      testid: "modal-x",
      focus: "modal-x",
      click: () => close(post),
    }),
  );
  patchBlocks(body, view.blocks, surface);
  const submits = view.submit || (view.blocks ?? []).some((block) => block.type === "input");
  fill(
    open.foot,
    h(
      "button",
      { class: "btn", testid: "modal-close", click: () => close(post) },
      view.close ? textNodes(view.close) : view.previous ? "Back" : submits ? "Cancel" : "Close",
    ),
    submits
      ? h(
          "button",
          { type: "submit", class: "btn primary", testid: "modal-submit" },
          view.submit ? textNodes(view.submit) : "Submit",
        )
      : null,
  );
  open.sig = JSON.stringify([view.title, view.submit, view.close, view.blocks, view.previous]);
  open.callback = `${view.callback_id}\n${plainOf(view.title)}`;
  if (Object.keys(open.wrong).length) showErrors(body, open.wrong);
  if (!fresh && !footHadFocus && hasFocus(open.dialog)) return;
  if (fresh) body.scrollTop = 0;
  const wanted = (view.blocks ?? []).map((block) => block.element).find((element) => element?.focus_on_load);
  const first =
    (wanted && body.querySelector(`[data-action-id="${CSS.escape(wanted.action_id)}"]`)) ??
    body.querySelector("input, textarea, select, summary, button, a");
  (fresh ? (first ?? body) : (open.foot.querySelector(".primary") ?? body)).focus({ preventScroll: fresh && !wanted });
}

async function submit(post) {
  const mine = open;
  const button = mine.foot.querySelector("[data-testid=modal-submit]");
  if (!button || button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  fill(mine.alert);
  const answer = await post("view_submit", { view_id: mine.id, state: readValues(mine.body) }, { quiet: true });
  button.removeAttribute("aria-busy");
  if (open !== mine) return;
  if (!answer.ok)
    fill(
      mine.alert,
      icon("info"),
      "Preflight did not answer, so nothing was sent. What you typed is still here; try again.",
    );
  else if (answer.errors && Object.keys(answer.errors).length) {
    tellErrors(answer.errors, { jump: true });
    mine.errors = JSON.stringify(answer.errors);
  } else {
    mine.wrong = {};
    showErrors(mine.body, {});
  }
}

function tellErrors(errors, { jump }) {
  open.wrong = { ...errors };
  fill(
    open.alert,
    showErrors(open.body, errors).map((text) => h("div", {}, text)),
  );
  if (!Object.keys(errors).length) return;
  const first = open.body.querySelector(".wrong");
  if (jump) first?.querySelector("input, textarea, select, summary")?.focus();
  first?.scrollIntoView({ block: "nearest" });
}

async function close(post) {
  const mine = open;
  if (!mine) return;
  closed.add(mine.id);
  shut();
  const answer = await post("view_close", { view_id: mine.id });
  if (!answer.ok) closed.delete(mine.id);
}
