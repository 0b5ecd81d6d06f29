"""What Slack made of what people wrote, undone. Pure.

Slack escapes `& < >` in what people type, and writes links, mentions and dates in angle brackets.
https://docs.slack.dev/messaging/formatting-message-text
"""

import re

_ENTITY = re.compile("&(lt|gt|amp);")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"}

#: Text between quotes, or a comment: nothing in it is Slack's. Or a link that Slack may have made.
_IN_COMMAND = re.compile(
    r"""
      (?P<literal> (?<!\\)'(?:[^'\\]|\\.)*+' | (?<!\\)"(?:[^"\\]|\\.)*+" | `[^`]*`
        | --[^\r\n]* | /\*.*?(?:\*/|\Z) )
    | <(?P<target>(?:https?://|mailto:)[^<>|\s]+)(?:\|(?P<label>[^<>|\s]+))?>
    """,
    re.VERBOSE | re.DOTALL,
)

_IN_MESSAGE = re.compile(r"<(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")

#: Their label may lack the sign: `<!here|here>`.
_EVERYBODY = frozenset({"!here", "!channel", "!everyone"})


def decode_entities(text: str) -> str:
    """Undo Slack's escaping, once: `&amp;lt;` becomes `&lt;`."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[1]], text)


def command_text(text: str) -> str:
    """Return what was typed behind a slash command.

    Commands should come without links, so only what is certainly one is undone: `<http://a.b|a.b>`
    and addresses of mail, outside of quotes and comments.
    """
    return decode_entities(_IN_COMMAND.sub(_typed, text))


def message_text(text: str) -> str:
    """Return what was typed in a message: every bracket that is not escaped is Slack's.

    A mention stays as it is (`<@U1>`), for the name behind it is not known.
    """
    pieces = []
    position = 0
    for found in _IN_MESSAGE.finditer(text):
        pieces += [decode_entities(text[position : found.start()]), _shown(found)]
        position = found.end()
    return "".join([*pieces, decode_entities(text[position:])])


def _typed(found: re.Match[str]) -> str:
    target, label = found["target"], found["label"]
    if target is None:
        return found[0]
    scheme, _, address = target.partition(":")
    address = address.removeprefix("//")
    if label is None:
        return address if scheme == "mailto" else found[0]
    is_made_of_label = label in {target, address, address.removesuffix("/")}
    return label if is_made_of_label else found[0]


def _shown(found: re.Match[str]) -> str:
    """Return what a person saw in place of the brackets."""
    target, label = found["target"], found["label"]
    if target in _EVERYBODY:
        return "@" + target[1:]
    if target.startswith("!"):
        return decode_entities(label or "@" + target[1:].partition("^")[0])
    if target.startswith(("@", "#")):
        sign = target[0]
        return sign + decode_entities(label.lstrip(sign)) if label else f"<{target}>"
    return decode_entities(label or target.removeprefix("mailto:"))
