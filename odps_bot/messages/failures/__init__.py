"""Why a statement failed: its likely cause, what to try, and whether to run it again. Pure.

The known failures are data: `failures.toml`.
"""

from odps_bot.messages.failures.catalogue import Rerun
from odps_bot.messages.failures.compile_errors import is_compile_error
from odps_bot.messages.failures.error_text import own_words
from odps_bot.messages.failures.explanation import Explanation, explain

__all__ = ["Explanation", "Rerun", "explain", "is_compile_error", "own_words"]
