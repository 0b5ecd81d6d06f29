// The forms that change or make messages: edit, forward, snippet.
import { failureText } from "./failure_texts.js";
import { showForm } from "./form_dialog.js";
import { typedText } from "./typed_text.js";

const SNIPPET_TYPES = [
  { value: "sql", label: "SQL" },
  { value: "text", label: "Plain text" },
];

const outcome = ({ ok, error }) => (ok ? null : failureText(error));

/** Edit an own message. */
export function editMessage(message, { context, actions }) {
  const text = { name: "text", label: "Message", isLong: true };
  showForm({
    title: "Edit message",
    action: "Save",
    fields: [{ ...text, value: typedText(message.text ?? "", context) }],
    submit: async (values) => outcome(await actions.editMessage(message, values.text)),
  });
}

/** Forward a message to one of `places`, `[{value, label}]`. */
export function forwardMessage(message, { places, actions }) {
  showForm({
    title: "Forward this message",
    action: "Forward",
    fields: [
      { name: "to", label: "To", options: places },
      { name: "comment", label: "Add a message, if you like", isLong: true, isOptional: true },
    ],
    submit: async ({ to, comment }) =>
      outcome(await actions.forwardMessage(message, { to, comment })),
  });
}

/** Write a text snippet; `share(file)` sends it. */
export function writeSnippet(share) {
  showForm({
    title: "Create a text snippet",
    action: "Send",
    fields: [
      { name: "name", label: "Title", isOptional: true },
      { name: "snippet_type", label: "Type", options: SNIPPET_TYPES },
      { name: "text", label: "Content", isLong: true },
    ],
    submit: async (file) => outcome(await share(file)),
  });
}
