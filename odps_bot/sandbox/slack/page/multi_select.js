// Selects from which several options are chosen: a button that opens a searchable list of checkboxes.
import { offerOf } from "./choices.js";
import { el, uniqueId } from "./dom.js";
import { holdEntry, naming, tellApp } from "./interaction.js";

const SEARCHED_FROM = 8;
const PLACEHOLDERS = {
  multi_users_select: "Select people",
  multi_conversations_select: "Select channels",
  multi_channels_select: "Select channels",
};

/** Return the node of a `multi_…_select`. The app is told when the list closes. */
export function renderMultiSelect(element, blockId, context) {
  const { groups, initial, isStatic } = offerOf(element, context);
  const options = groups.flatMap((group) => group.options);
  const most = element.max_selected_items ?? Infinity;
  let chosen = options.filter(({ value }) => initial.includes(value));
  let told = JSON.stringify(chosen);

  const placeholder = element.placeholder?.text ?? PLACEHOLDERS[element.type] ?? "Select options";
  const panelId = uniqueId("options");
  const faceId = uniqueId("chosen");
  const face = el("span", { id: faceId, class: "multi-face" });
  const names = naming(context, placeholder);
  const button = el(
    "button",
    {
      type: "button",
      class: "select multi-button",
      "aria-expanded": "false",
      "aria-controls": panelId,
      ...names,
      ...(names["aria-labelledby"] && {
        "aria-labelledby": `${names["aria-labelledby"]} ${faceId}`,
      }),
    },
    face,
  );
  const search = el("input", {
    type: "search",
    class: "text-input",
    placeholder: "Search",
    "aria-label": "Search the options",
    oninput: () => filter(),
  });
  const list = el("div", { class: "multi-list" });
  const panel = el(
    "div",
    {
      id: panelId,
      class: "multi-panel menu",
      role: "group",
      "aria-label": placeholder,
      hidden: true,
    },
    options.length >= SEARCHED_FROM && search,
    list,
  );
  const node = el("div", { class: "multi menu-frame" }, button, panel);

  const draw = () => {
    face.replaceChildren(
      ...(chosen.length === 0
        ? [el("span", { class: "multi-empty" }, placeholder)]
        : chosen.map((option) => el("span", { class: "chip" }, labelOf(option)))),
    );
    for (const input of list.querySelectorAll("input"))
      input.disabled = !input.checked && chosen.length >= most;
  };
  const toggle = (option, isChosen) => {
    chosen = options.filter((one) => (one === option ? isChosen : chosen.includes(one)));
    draw();
  };
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    for (const label of list.querySelectorAll("label"))
      label.hidden = !label.textContent.toLowerCase().includes(wanted);
  };
  const fill = () => {
    search.value = "";
    list.replaceChildren(
      ...groups.flatMap(({ label, options: offered }) => [
        ...(label === null ? [] : [el("div", { class: "multi-group" }, label)]),
        ...offered.map((option) => choice(option, chosen.includes(option), toggle)),
      ]),
    );
    draw();
  };
  const closeFromOutside = ({ target }) => !node.contains(target) && close();
  const close = () => {
    if (panel.hidden) return;
    panel.hidden = true;
    document.removeEventListener("pointerdown", closeFromOutside);
    button.setAttribute("aria-expanded", "false");
    if (JSON.stringify(chosen) === told) return;
    told = JSON.stringify(chosen);
    const value = isStatic ? chosen : chosen.map((option) => option.value);
    tellApp(node, element, blockId, context, { value });
  };
  button.addEventListener("click", () => {
    if (!panel.hidden) return close();
    fill();
    panel.hidden = false;
    document.addEventListener("pointerdown", closeFromOutside);
    button.setAttribute("aria-expanded", "true");
    panel.querySelector("input")?.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest" });
  });
  node.addEventListener(
    "focusout",
    ({ relatedTarget }) => !node.contains(relatedTarget) && !node.matches(":hover") && close(),
  );
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target !== button) event.preventDefault();
    else if (event.key !== "Escape" || panel.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    button.focus();
    close();
  });
  draw();
  return holdEntry(node, element, blockId, {
    read: () => chosen.map(({ value }) => value),
    write(values) {
      chosen = options.filter(({ value }) => (values ?? []).includes(value));
      told = JSON.stringify(chosen);
      draw();
    },
  });
}

const labelOf = (option) => option.text?.text ?? option.value;

const choice = (option, isChosen, toggle) =>
  el(
    "label",
    { class: "menu-item multi-choice" },
    el("input", {
      type: "checkbox",
      checked: isChosen,
      onchange: ({ target }) => toggle(option, target.checked),
    }),
    el("span", {}, labelOf(option)),
    option.description && el("span", { class: "menu-description" }, option.description.text),
  );
