"""Emoji that the composer knows by name, with the code points that Slack sends for them.

Other names stay text, as in Slack: `10:20:30` and `a::bigint` hold no emoji.
"""

from collections.abc import Mapping

KNOWN_EMOJI: Mapping[str, str] = {
    "+1": "1f44d",
    "-1": "1f44e",
    "bug": "1f41b",
    "bulb": "1f4a1",
    "clap": "1f44f",
    "eyes": "1f440",
    "fire": "1f525",
    "heart": "2764-fe0f",
    "hourglass": "231b",
    "joy": "1f602",
    "memo": "1f4dd",
    "no_entry": "26d4",
    "pray": "1f64f",
    "question": "2753",
    "raised_hands": "1f64c",
    "rocket": "1f680",
    "rotating_light": "1f6a8",
    "see_no_evil": "1f648",
    "slightly_smiling_face": "1f642",
    "smile": "1f604",
    "tada": "1f389",
    "thumbsup": "1f44d",
    "warning": "26a0-fe0f",
    "wave": "1f44b",
    "white_check_mark": "2705",
    "x": "274c",
    "zap": "26a1",
}
