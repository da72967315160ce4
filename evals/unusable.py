"""What a model answers that counts as a wrong answer; whatever else it raises ends what was asked.

It was cut, it fits no schema after a repair, or the prompt was too long for it.
"""

from typing import Final

from usermind.errors import InvalidModelOutputError, PromptTooLongError, TruncatedOutputError

UNUSABLE: Final = (InvalidModelOutputError, TruncatedOutputError, PromptTooLongError)
"""For `except`."""
