"""The content of messages: text, blocks, attachments and metadata, validated."""

import json
from typing import Any

from odps_bot.sandbox.slack.block_kit import (
    ONLY_ONE_TABLE,
    check_blocks,
    count_tables,
    fill_in_ids,
    text_length,
)
from odps_bot.sandbox.slack.errors import SlackError, invalid
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.texts import MAX_TEXT_LENGTH
from odps_bot.sandbox.slack.timestamps import is_ts
from odps_bot.sandbox.slack.web_api.arguments import Arguments

#: What Slack uses as the text of a message with blocks only.
NO_FALLBACK_TEXT = "This content can't be displayed."
#: For the text in all blocks without cells of tables. Not documented; Slack's staff mentions 12,000
#: characters and a buffer for the blocks themselves (slackapi/bolt-js#2509).
MAX_BLOCKS_LENGTH = 12_000
MAX_MARKDOWN_LENGTH = 12_000
MAX_ATTACHMENTS = 100
#: Slack documents that there is a limit, but not its value.
MAX_METADATA_BYTES = 16_000


def read_content(arguments: Arguments) -> Message:
    """Return the fields of the message in a call.

    Raises SlackError: `no_text`, `invalid_blocks`, `invalid_blocks_format`,
    `markdown_text_conflict`, `msg_too_long`, `invalid_attachments`, `too_many_attachments`,
    `invalid_metadata_format`, `invalid_metadata_schema`, `metadata_too_large`,
    `invalid_thread_ts`.
    """
    content = _read_body(arguments)
    if metadata := read_metadata(arguments):
        content["metadata"] = metadata
    if thread_ts := arguments.text("thread_ts"):
        if not is_ts(thread_ts):
            raise SlackError("invalid_thread_ts")
        content["thread_ts"] = thread_ts
    return content


def read_blocks(arguments: Arguments) -> list[dict[str, Any]] | None:
    """Return the blocks of a message, or None when they are not in the call.

    Raises SlackError: `invalid_blocks_format`, `invalid_blocks`, `invalid_attachments` (for a
    second table).
    """
    blocks = arguments.structure("blocks", list, error="invalid_blocks_format")
    if not blocks:
        return blocks  # type: ignore[no-any-return]
    if problems := check_blocks(blocks, surface="message"):
        has_two_tables = any(problem.message == ONLY_ONE_TABLE for problem in problems)
        raise invalid("invalid_attachments" if has_two_tables else "invalid_blocks", problems)
    return fill_in_ids(blocks)


def refuse_long_blocks(content: Message) -> None:
    """Raise SlackError `msg_blocks_too_long`; response URLs do not have this limit."""
    if text_length(content.get("blocks", [])) > MAX_BLOCKS_LENGTH:
        raise SlackError("msg_blocks_too_long")


def refuse_second_table(content: Message) -> None:
    """Raise SlackError `invalid_attachments` when blocks and attachments hold two tables."""
    attached = [attachment.get("blocks", []) for attachment in content.get("attachments", [])]
    if sum(map(count_tables, [content.get("blocks", []), *attached])) > 1:
        raise invalid("invalid_attachments", [ONLY_ONE_TABLE])


def read_attachments(arguments: Arguments) -> list[dict[str, Any]] | None:
    """Return the attachments of a message, or None when they are not in the call.

    Raises SlackError: `invalid_attachments`, `too_many_attachments`.
    """
    attachments = arguments.structure("attachments", list, error="invalid_attachments")
    if attachments and len(attachments) > MAX_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    if not all(_is_attachment(attachment) for attachment in attachments or []):
        raise SlackError("invalid_attachments")
    return attachments  # type: ignore[no-any-return]


def read_metadata(arguments: Arguments) -> dict[str, Any] | None:
    """Return the metadata of a message, or None when it is not in the call.

    Raises SlackError: `invalid_metadata_format`, `invalid_metadata_schema`, `metadata_too_large`.
    """
    metadata = arguments.structure("metadata", dict, error="invalid_metadata_format")
    if not metadata:
        return metadata  # type: ignore[no-any-return]
    event_type, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(event_type, str) or not event_type or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata).encode()) > MAX_METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"event_type": event_type, "event_payload": payload}


def _read_body(arguments: Arguments) -> Message:
    if markdown := arguments.text("markdown_text"):
        return _read_markdown(arguments, markdown)
    text = arguments.text("text")[:MAX_TEXT_LENGTH]
    blocks, attachments = read_blocks(arguments), read_attachments(arguments)
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    content: Message = {"text": text}
    if blocks:
        content |= {"blocks": blocks, "text": text or NO_FALLBACK_TEXT}
    if attachments:
        content["attachments"] = attachments
    refuse_second_table(content)
    return content


def _is_attachment(value: Any) -> bool:
    blocks = value.get("blocks", []) if isinstance(value, dict) else None
    return isinstance(blocks, list) and all(isinstance(block, dict) for block in blocks)


def _read_markdown(arguments: Arguments, markdown: str) -> Message:
    if arguments.text("text") or arguments.text("blocks"):
        raise SlackError("markdown_text_conflict")
    if len(markdown) > MAX_MARKDOWN_LENGTH:
        raise SlackError("msg_too_long")
    blocks = fill_in_ids([{"type": "markdown", "text": markdown}])
    return {"text": markdown, "blocks": blocks}
