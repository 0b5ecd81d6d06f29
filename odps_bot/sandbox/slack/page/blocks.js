// Block Kit as DOM nodes. https://docs.slack.dev/reference/block-kit/blocks
import { renderAlert, renderCard, renderCarousel, renderVideo } from "./cards.js";
import { renderChart } from "./charts.js";
import { renderDataTable } from "./data_table.js";
import { el, reconcile } from "./dom.js";
import { renderElement, renderImage, unsupported } from "./elements.js";
import { withEmoji } from "./emoji.js";
import { elementOf, focusElement } from "./focus.js";
import { renderInput } from "./input_block.js";
import { readEntries, writeEntries } from "./interaction.js";
import { renderMarkdown } from "./markdown.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { renderRichText } from "./rich_text.js";
import { renderTable } from "./table.js";
import { renderPlan, renderTaskCard } from "./tasks.js";

const RENDERERS = {
  actions: renderActions,
  alert: renderAlert,
  card: renderCard,
  carousel: renderCarousel,
  container: renderContainer,
  context: renderContext,
  context_actions: renderActions,
  data_table: renderDataTable,
  data_visualization: renderChart,
  divider: () => el("hr"),
  header: (block) =>
    el(
      "div",
      { class: "header", role: "heading", "aria-level": 2 },
      withEmoji(block.text?.text ?? ""),
    ),
  image: renderImageBlock,
  input: renderInput,
  markdown: (block) => el("div", { class: "markdown" }, renderMarkdown(block.text ?? "")),
  plan: renderPlan,
  rich_text: renderRichText,
  section: renderSection,
  table: renderTable,
  task_card: renderTaskCard,
  video: renderVideo,
};

/**
 * Return the node of one block. `context` is that of mrkdwn, with `act(choice)` to report a click to the app.
 * `previous` is the node this one replaces, whose state is kept: the page of a table, a collapsed container.
 */
export function renderBlock(block, context, previous = null) {
  const renderer = Object.hasOwn(RENDERERS, block.type) ? RENDERERS[block.type] : null;
  const node = renderer ? renderer(block, context, previous) : unsupported("block", block.type);
  node.classList.add("block", `block-${String(block.type).replaceAll(/[^a-z_]/g, "")}`);
  return node;
}

/**
 * The blocks of one message or view. An update replaces the blocks that changed and keeps the others and the
 * focus; values stay where block_id and action_id are the same.
 */
export class BlockList {
  node = el("div", { class: "blocks" });
  #shown = [];

  update(blocks, context) {
    const hadFocus = this.node.contains(document.activeElement);
    const focused = hadFocus ? elementOf(document.activeElement) : null;
    const entered = readEntries(this.node);
    const fresh = [];
    this.#shown = blocks.map((block, index) => {
      const source = JSON.stringify(block);
      const before = this.#shown[index];
      if (before?.source === source) return before;
      const previous = before?.type === block.type ? before.node : null;
      const node = renderBlock(block, context, previous);
      fresh.push(node);
      return { source, type: block.type, node };
    });
    reconcile(
      this.node,
      this.#shown.map(({ node }) => node),
    );
    for (const node of fresh) writeEntries(node, entered);
    if (!this.node.contains(document.activeElement)) focusElement(this.node, focused);
  }
}

/** Return the nodes of a text object. */
function renderText(text, context) {
  if (!text) return [];
  if (text.type === "mrkdwn") return renderMrkdwn(text.text ?? "", context);
  return [el("span", { class: "plain-text" }, withEmoji(text.text ?? ""))];
}

function renderSection(block, context) {
  return el(
    "div",
    { class: "section" },
    el(
      "div",
      { class: "section-body" },
      block.text && el("div", { class: "text" }, renderText(block.text, context)),
      block.fields &&
        el(
          "div",
          { class: "fields" },
          block.fields.map((field) => el("div", { class: "text" }, renderText(field, context))),
        ),
    ),
    block.accessory &&
      el("div", { class: "accessory" }, renderElement(block.accessory, block.block_id, context)),
  );
}

function renderContext(block, context) {
  const part = (element) =>
    element.type === "image"
      ? renderImage(element, context)
      : el("span", { class: "text" }, renderText(element, context));
  return el("div", { class: "context" }, (block.elements ?? []).map(part));
}

function renderActions(block, context) {
  return el(
    "div",
    { class: "actions" },
    (block.elements ?? []).map((element) => renderElement(element, block.block_id, context)),
  );
}

function renderImageBlock(block, context) {
  return el(
    "figure",
    { class: "image" },
    block.title && el("figcaption", {}, withEmoji(block.title.text)),
    renderImage(block, context),
  );
}

function renderContainer(block, context, previous) {
  const title = block.rich_text_title
    ? renderRichText(block.rich_text_title, context)
    : withEmoji(block.title?.text ?? "");
  const head = [
    block.icon && el("span", { class: "card-icon" }, renderImage(block.icon, context)),
    el("span", { class: "container-title" }, title),
    block.subtitle &&
      el("span", { class: "container-subtitle" }, renderText(block.subtitle, context)),
  ];
  const blocks = new BlockList();
  blocks.update(block.child_blocks ?? [], context);
  if (!block.is_collapsible)
    return el("section", { class: "container" }, el("div", {}, head), blocks.node);
  const isOpen = previous?.open ?? !block.default_collapsed;
  return el("details", { class: "container", open: isOpen }, el("summary", {}, head), blocks.node);
}
