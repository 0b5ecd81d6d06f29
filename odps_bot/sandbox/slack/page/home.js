// The home tab that the app publishes for the acting person.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { pointAt } from "./pointer.js";
import { ViewBlocks } from "./view_blocks.js";

export class HomeTab {
  #context;
  #body = null;
  #viewId = null;

  /** `context` is that of ViewBlocks. */
  constructor(context) {
    this.#context = context;
    this.node = el("div", {
      class: "home",
      role: "tabpanel",
      "aria-label": "Home",
      tabindex: "0",
      "data-testid": "home",
    });
  }

  /** Show the published view, or a note that there is none yet. */
  update(view, app) {
    if (!view) return this.#showNothing(app);
    if (view.id !== this.#viewId) {
      this.#body = new ViewBlocks(this.#context);
      this.#viewId = view.id;
      this.node.replaceChildren(this.#body.node);
    }
    this.#body.update(view);
  }

  /** Clear the view, for another person. */
  clear() {
    this.#viewId = null;
    this.node.replaceChildren();
  }

  /** Point at the first element with this action id; resolves to whether there is one. */
  pointAt(actionId) {
    return pointAt(this.node, actionId, 0);
  }

  #showNothing(app) {
    this.#viewId = null;
    const text = app?.is_connected
      ? `@${app.name} knows that you opened this tab. What it publishes appears here.`
      : `@${app?.name ?? "odps"} is not running, so it can’t publish anything now.`;
    this.node.replaceChildren(
      el(
        "div",
        { class: "home-empty" },
        icon("home"),
        el("h2", {}, "Nothing here yet"),
        el("p", {}, text),
      ),
    );
  }
}
