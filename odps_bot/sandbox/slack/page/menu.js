// A button with a small menu: overflow elements and the actions on a channel.
import { el, uniqueId } from "./dom.js";

/**
 * Return a menu button. `entries()` is called whenever it opens: `[{label, description?, isDanger?, choose()}]`.
 * Arrow keys move; Escape and a click elsewhere close it.
 */
export function menuButton(face, entries, attributes = {}) {
  const id = uniqueId("menu");
  const button = el(
    "button",
    {
      type: "button",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-controls": id,
      ...attributes,
    },
    face,
  );
  const list = el("div", { id, class: "menu", role: "menu", hidden: true });
  const frame = el("div", { class: "menu-frame" }, button, list);

  const close = () => {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
  };
  const open = () => {
    list.replaceChildren(
      ...entries().map((entry) => menuItem(entry, () => (close(), button.focus(), entry.choose()))),
    );
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    keepInView(list, frame);
    list.firstElementChild?.focus();
  };
  button.addEventListener("click", () => (list.hidden ? open() : close()));
  frame.addEventListener(
    "focusout",
    ({ relatedTarget }) => !frame.contains(relatedTarget) && close(),
  );
  frame.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "Escape") (close(), button.focus());
    else if (event.key === "ArrowDown" || event.key === "ArrowUp")
      move(list, event.key === "ArrowDown" ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return frame;
}

/** Open upwards or to the right when there is no room on the usual side. */
function keepInView(list, frame) {
  list.classList.remove("opens-up", "opens-right");
  const room = frame.closest(".log, .home, .modal-body, .multi")?.getBoundingClientRect();
  const { bottom, left, height } = list.getBoundingClientRect();
  const isBelow = bottom > (room?.bottom ?? innerHeight);
  const hasRoomAbove = frame.getBoundingClientRect().top - height > (room?.top ?? 0);
  list.classList.toggle("opens-up", isBelow && hasRoomAbove);
  list.classList.toggle("opens-right", left < (room?.left ?? 0));
}

function menuItem({ label, description, isDanger }, choose) {
  return el(
    "button",
    {
      type: "button",
      role: "menuitem",
      class: isDanger ? "menu-item is-danger" : "menu-item",
      onclick: choose,
    },
    el("span", { class: "menu-label" }, label),
    description && el("span", { class: "menu-description" }, description),
  );
}

function move(list, step) {
  const items = [...list.children];
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
}
