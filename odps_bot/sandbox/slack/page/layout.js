// The layout of the page: on a phone the sidebar is a drawer, and the pane and the traffic cover the page.

const narrow = matchMedia("(max-width: 760px)");
const roomy = matchMedia("(min-width: 1180px)");
const touch = matchMedia("(hover: none)");

const handheld = matchMedia("(hover: none), (max-width: 760px)");

/** Whether a message has no toolbar to hover over, but one button with a menu; messages.css says the same. */
export const isHandheld = () => handheld.matches;

const byId = (id) => document.getElementById(id);

/** Whether the pane fits beside the channel instead of covering it. */
export const hasRoomForPane = () => roomy.matches;

/** Focus an input, unless that would open a phone's keyboard. */
export function focusForTyping(composer) {
  if (!touch.matches) requestAnimationFrame(() => composer.focus());
}

export const isSidebarOpen = () => byId("app").classList.contains("has-drawer");

/** Open or close the drawer; on a wide page the sidebar is always visible. */
export function showSidebar(isOpen) {
  const isDrawer = narrow.matches;
  byId("app").classList.toggle("has-drawer", isDrawer && isOpen);
  byId("scrim").hidden = !(isDrawer && isOpen);
  byId("sidebar").inert = isDrawer && !isOpen;
  keepFocusOnTop();
  if (isDrawer && isOpen) byId("sidebar").querySelector("button, select")?.focus();
}

/** Show this node in the pane, or nothing. */
export function showPane(content) {
  const pane = byId("pane");
  if (pane.firstChild !== content) pane.replaceChildren(...(content ? [content] : []));
  pane.hidden = content === null;
  byId("app").classList.toggle("has-pane", content !== null);
  keepFocusOnTop();
}

/** Adapt to the width of the window. */
export function watchLayout() {
  narrow.addEventListener("change", () => showSidebar(false));
  byId("scrim").addEventListener("click", () => showSidebar(false));
  showSidebar(false);
}

/** Covered parts must not take the focus. */
function keepFocusOnTop() {
  const isCovered = isSidebarOpen() || !byId("pane").hidden || !byId("traffic").hidden;
  byId("main").inert = narrow.matches && isCovered;
}
