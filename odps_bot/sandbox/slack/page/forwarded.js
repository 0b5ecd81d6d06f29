// A forwarded message: an attachment that holds the blocks it was written with.
import { BlockList } from "./blocks.js";
import { el } from "./dom.js";
import { renderFile } from "./files.js";
import { renderMrkdwn } from "./mrkdwn.js";

/** Return the node of an attachment that is a forwarded message, or null for any other. */
export function renderForward(attachment, context) {
  if (!attachment.is_share) return null;
  const blocks = (attachment.message_blocks ?? []).flatMap(({ message }) => message?.blocks ?? []);
  const list = new BlockList();
  // Elements of a forwarded message cannot be used.
  if (blocks.length > 0) list.update(blocks, Object.create(context, { act: { value: () => {} } }));
  return el(
    "div",
    { class: "forwarded", "data-testid": "forwarded", inert: blocks.some(isInteractive) },
    el("div", { class: "forwarded-author" }, attachment.author_name ?? ""),
    blocks.length > 0
      ? list.node
      : el("div", { class: "text" }, renderMrkdwn(attachment.text ?? "", context)),
    (attachment.files ?? []).map((file) => renderFile(file, context)),
    el("div", { class: "forwarded-place" }, attachment.footer ?? ""),
  );
}

const isInteractive = ({ type, accessory }) => type === "actions" || Boolean(accessory);
