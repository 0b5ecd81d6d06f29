// Building DOM nodes. Text always becomes a text node, so foreign content cannot become markup.

/**
 * Return a new element. Attributes named `on…` are listeners; null, undefined and false are omitted, also
 * among the children. A string child becomes a text node.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== undefined && child !== null && child !== false),
  );
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** Return a decorative SVG element; its owner has the accessible name. */
export function svg(viewBox, className, ...shapes) {
  const attributes = { viewBox, class: className, "aria-hidden": "true" };
  return svgShape("svg", attributes, ...shapes.map((shape) => svgShape(...shape)));
}

/** Return one SVG element with its children; a string child becomes a text node. */
export function svgShape(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

/** Make these the children of a node in this order, moving as few as possible. */
export function reconcile(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let at = parent.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

/** Replace the children of a node; the element with the focused data-testid keeps the focus. */
export function redraw(node, ...children) {
  const focused = node.contains(document.activeElement)
    ? document.activeElement.dataset.testid
    : null;
  node.replaceChildren(...children.flat().filter(Boolean));
  if (focused)
    node.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Return the URL if it is http, https or relative, else null. */
export function safeUrl(address) {
  try {
    const url = new URL(String(address), location.origin);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/** Return a link that opens in a new tab, or the plain label when the URL is not http(s). */
export function link(address, label, attributes = {}) {
  const href = safeUrl(address);
  if (href === null) return el("span", {}, label);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", ...attributes }, label);
}

let lastId = 0;

/** Return a unique id for aria references. */
export function uniqueId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}
