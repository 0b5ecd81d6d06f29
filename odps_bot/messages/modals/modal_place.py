"""Where a modal was opened: a click in it names no channel."""

import re

import msgspec

from odps_bot.store.codec import CorruptRecordError, decode

_CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,30}")
_TS = re.compile(r"\d{1,16}\.\d{1,9}")


class ModalPlace(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place as `private_metadata` has it, which may hold more."""

    channel_id: str = ""  #: empty: the App Home
    thread_ts: str = ""

    def encode(self) -> str:
        """Return it as `private_metadata`."""
        return msgspec.json.encode(self).decode()


def read_modal_place(metadata: str) -> ModalPlace:
    """Return the place that `private_metadata` names; none for what isn't ours."""
    try:
        place = decode(metadata, ModalPlace)
    except CorruptRecordError:
        return ModalPlace()
    channel_id = place.channel_id if _CHANNEL.fullmatch(place.channel_id) else ""
    is_thread = bool(channel_id) and _TS.fullmatch(place.thread_ts) is not None
    return ModalPlace(channel_id=channel_id, thread_ts=place.thread_ts if is_thread else "")
