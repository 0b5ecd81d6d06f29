// `card`, `carousel`, `alert` and `video` blocks. https://docs.slack.dev/reference/block-kit/blocks
import { el, link } from "./dom.js";
import { renderElement, renderImage } from "./elements.js";
import { withEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { renderMrkdwn } from "./mrkdwn.js";

const LEVELS = { info: "Note", warning: "Warning", error: "Error", success: "Done" };
const LEVEL_ICONS = { info: "info", warning: "warning", error: "warning", success: "check" };

const renderText = (text, context) =>
  text.type === "mrkdwn" ? renderMrkdwn(text.text ?? "", context) : withEmoji(text.text ?? "");

/** Return the node of a card: a picture, a title, a text and up to three buttons. */
export function renderCard(block, context) {
  const part = (name) =>
    block[name] && el("div", { class: `card-${name}` }, renderText(block[name], context));
  return el(
    "article",
    { class: "card" },
    block.hero_image && el("div", { class: "card-hero" }, renderImage(block.hero_image, context)),
    el(
      "div",
      { class: "card-head" },
      block.icon && el("span", { class: "card-icon" }, renderImage(block.icon, context)),
      el("div", { class: "card-titles" }, part("title"), part("subtitle")),
    ),
    part("body"),
    part("subtext"),
    block.actions?.length > 0 &&
      el(
        "div",
        { class: "actions" },
        block.actions.map((element) => renderElement(element, block.block_id, context)),
      ),
  );
}

/** Return the node of a carousel. */
export const renderCarousel = (block, context) =>
  el(
    "div",
    { class: "carousel", role: "group", "aria-label": "Cards", tabindex: "0" },
    (block.elements ?? []).map((card) =>
      renderCard({ ...card, block_id: card.block_id ?? block.block_id }, context),
    ),
  );

/** Return the node of an alert; text and icon show its level, not only the colour. */
export function renderAlert(block, context) {
  const level = block.level in LEVELS ? block.level : "default";
  return el(
    "div",
    { class: `alert alert-${level}`, role: "note" },
    icon(LEVEL_ICONS[level] ?? "info"),
    el(
      "div",
      { class: "text" },
      level !== "default" && el("span", { class: "visually-hidden" }, `${LEVELS[level]}: `),
      renderText(block.text ?? {}, context),
    ),
  );
}

/** Return the node of a video: a link, as the page loads nothing external. */
export function renderVideo(block) {
  const title = withEmoji(block.title?.text ?? block.alt_text ?? "video");
  const about = [block.author_name, block.provider_name].filter(Boolean).join(" · ");
  return el(
    "figure",
    { class: "video" },
    el(
      "figcaption",
      {},
      link(block.title_url ?? block.video_url, ["▶ ", title].join(""), { class: "video-title" }),
      about && el("span", { class: "menu-description" }, about),
    ),
    block.description && el("p", {}, withEmoji(block.description.text)),
  );
}
