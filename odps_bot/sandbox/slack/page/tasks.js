// `plan` and `task_card` blocks: tasks and their status.
// https://docs.slack.dev/reference/block-kit/blocks/plan-block
import { el, link, svg } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { renderRichText } from "./rich_text.js";

const STATUSES = {
  pending: "Pending",
  in_progress: "In progress",
  complete: "Complete",
  error: "Failed",
};
const SHAPES = {
  pending: [["circle", { cx: 10, cy: 10, r: 6.5, "stroke-dasharray": "2.5 2.6" }]],
  in_progress: [
    ["circle", { cx: 10, cy: 10, r: 6.5, class: "track" }],
    ["path", { d: "M10 3.5a6.5 6.5 0 0 1 6.5 6.5", class: "turning" }],
  ],
  complete: [
    ["circle", { cx: 10, cy: 10, r: 7.5, class: "filled" }],
    ["path", { d: "M6.5 10.3l2.4 2.4 4.6-5", class: "on-fill" }],
  ],
  error: [
    ["circle", { cx: 10, cy: 10, r: 7.5, class: "filled" }],
    ["path", { d: "M7.3 7.3l5.4 5.4M12.7 7.3l-5.4 5.400", class: "on-fill" }],
  ],
};

/** Return the node of a plan: a title and its tasks. */
export function renderPlan(block, context) {
  return el(
    "div",
    { class: "plan" },
    el("div", { class: "plan-title" }, withEmoji(titleOf(block))),
    el(
      "ol",
      { class: "plan-tasks" },
      (block.tasks ?? []).map((task) => el("li", {}, renderTask(task, context))),
    ),
  );
}

/** Return the node of a stand-alone task. */
export const renderTaskCard = (block, context) =>
  el("div", { class: "plan" }, renderTask(block, context));

function renderTask(task, context) {
  const status = task.status in STATUSES ? task.status : "pending";
  return el(
    "div",
    { class: `task task-${status}`, "data-status": status },
    el(
      "span",
      { class: "task-status", role: "img", "aria-label": STATUSES[status] },
      svg("0 0 20 20", "task-icon", ...SHAPES[status]),
    ),
    el(
      "div",
      { class: "task-body" },
      el("div", { class: "task-title" }, withEmoji(titleOf(task))),
      task.details && el("div", { class: "task-details" }, renderRichText(task.details, context)),
      task.output && el("div", { class: "task-output" }, renderRichText(task.output, context)),
      task.sources?.length > 0 &&
        el(
          "div",
          { class: "task-sources" },
          task.sources.map((source) => link(source.url, source.text ?? source.url)),
        ),
    ),
  );
}

const titleOf = (thing) =>
  typeof thing.title === "string" ? thing.title : (thing.title?.text ?? "");
