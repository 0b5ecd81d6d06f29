// Choosing files in a modal and in the composer.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { bindInput, labelling } from "./interaction.js";

const DEFAULT_MAX_FILES = 10;

/** Return `{name, content}` of a file with its content in base64. */
export async function readFile(file) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
  return { name: file.name, content: url.slice(url.indexOf(",") + 1) };
}

/** Return the node of a `file_input`; files are read when they are chosen. */
export function renderFileInput(element, blockId, context) {
  const most = element.max_files ?? DEFAULT_MAX_FILES;
  let files = [];
  const list = el("ul", { class: "chosen-files" });
  const input = el("input", {
    type: "file",
    class: "file-chooser",
    multiple: most > 1,
    accept: element.filetypes?.map((type) => `.${type}`).join(","),
    ...labelling(context, "Choose a file"),
  });
  const draw = () =>
    list.replaceChildren(
      ...files.map((file) =>
        el(
          "li",
          {},
          fileChip(file.name, () => drop(file)),
        ),
      ),
    );
  const drop = (file) => {
    files = files.filter((one) => one !== file);
    draw();
  };
  input.addEventListener("change", async () => {
    files = [...files, ...(await Promise.all([...input.files].map(readFile)))].slice(0, most);
    input.value = "";
    draw();
  });
  const node = el("div", { class: "file-input" }, input, list);
  return bindInput(node, element, blockId, {
    read: () => files,
    write(value) {
      files = (value ?? []).filter((file) => file.name);
      draw();
    },
  });
}

/** Return a chip for a chosen file with a button to remove it. */
export const fileChip = (name, onremove) =>
  el(
    "span",
    { class: "chip chip-file" },
    icon("file"),
    el("span", { class: "chip-name" }, name),
    el(
      "button",
      { type: "button", class: "quiet-button", "aria-label": `Remove ${name}`, onclick: onremove },
      icon("close"),
    ),
  );
