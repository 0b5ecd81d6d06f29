"""Why a statement failed: its likely cause, what to try, and whether to run it again.

Pure. The known failures are in `odps_bot.messages.failures.catalogue`.
"""

from odps_bot.messages.failures.explanation import Explanation, Rerun, explain, own_words

__all__ = ["Explanation", "Rerun", "explain", "own_words"]
