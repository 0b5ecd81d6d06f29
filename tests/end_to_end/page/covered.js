// Returns what the tools of messages cover: the texts and controls of any message below them.
() => {
  const overlap = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
  const tools = [...document.querySelectorAll(".message-tools button")].filter((node) =>
    node.checkVisibility({ visibilityProperty: true }),
  );
  const places = [];
  const walker = document.createTreeWalker(document.querySelector("#log-frame"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest(".message-tools, .visually-hidden")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) places.push([node.data.trim().slice(0, 40), box]);
  }
  for (const node of document.querySelectorAll(".message-body :is(button, a, select, input, .table-frame)"))
    places.push([node.textContent.trim().slice(0, 40), node.getBoundingClientRect()]);
  return tools.flatMap((tool) =>
    places
      .filter(([, box]) => overlap(tool.getBoundingClientRect(), box))
      .map(([text]) => `${tool.getAttribute("aria-label")} covers ${text}`),
  );
};
