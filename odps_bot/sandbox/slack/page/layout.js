// The frame of the page: on a phone the sidebar is a drawer, and the pane and the traffic cover the rest.

const narrow = matchMedia("(max-width: 760px)");
const roomy = matchMedia("(min-width: 1180px)");
const touch = matchMedia("(hover: none)");

const byId = (id) => document.getElementById(id);

/** Whether the pane has a place beside the channel instead of above it. */
export const hasRoomForPane = () => roomy.matches;

/** Give the focus to something that is typed into, unless that would call up a phone's keyboard. */
export function focusForTyping(composer) {
  if (!touch.matches) requestAnimationFrame(() => composer.focus());
}

export const isSidebarOpen = () => byId("app").classList.contains("has-drawer");

/** Open or close the drawer; where there is room the sidebar always shows. */
export function showSidebar(isOpen) {
  const isDrawer = narrow.matches;
  byId("app").classList.toggle("has-drawer", isDrawer && isOpen);
  byId("scrim").hidden = !(isDrawer && isOpen);
  byId("sidebar").inert = isDrawer && !isOpen;
  keepFocusOnTop();
  if (isDrawer && isOpen) byId("sidebar").querySelector("button, select")?.focus();
}

/** Show this node beside the channel, or nothing. */
export function showPane(content) {
  const pane = byId("pane");
  if (pane.firstChild !== content) pane.replaceChildren(...(content ? [content] : []));
  pane.hidden = content === null;
  byId("app").classList.toggle("has-pane", content !== null);
  keepFocusOnTop();
}

/** Follow the width of the window. */
export function watchFrame() {
  narrow.addEventListener("change", () => showSidebar(false));
  byId("scrim").addEventListener("click", () => showSidebar(false));
  showSidebar(false);
}

/** What is covered must not take the focus. */
function keepFocusOnTop() {
  const isCovered = isSidebarOpen() || !byId("pane").hidden || !byId("traffic").hidden;
  byId("main").inert = narrow.matches && isCovered;
}
