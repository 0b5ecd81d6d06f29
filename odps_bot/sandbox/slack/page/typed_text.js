// The text of a message as a person would type it again.

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const LINK = /<(https?:\/\/|mailto:)([^<>|]+)(?:\|([^<>]+))?>/g;
const REFERENCE = /<([@#]|!subteam\^|!)([^<>|]+)(?:\|([^<>]*))?>/g;

/** Undo Slack's links, mentions and entities; `context` names people, channels and groups. */
export function typedText(text, context) {
  return text
    .replace(LINK, (whole, scheme, address, label) => typedLink(whole, scheme + address, label))
    .replace(REFERENCE, (whole, kind, id) => nameOf(kind, id, context) ?? whole)
    .replace(/^( *)[•◦▪]\uFE0E? /gm, "$1- ")
    .replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);
}

function typedLink(whole, address, label) {
  if (!label) return address;
  return address.replace(/^(https?:\/\/|mailto:)/, "") === label ? label : whole;
}

function nameOf(kind, id, context) {
  if (kind === "@") return `@${context.person(id).name}`;
  if (kind === "#") return context.channel(id) ? `#${context.channel(id).name}` : null;
  if (kind === "!") return `@${id}`;
  const group = context.userGroup(id);
  return group ? `@${group.handle}` : null;
}
