"""Words that leave open whether a sentence says what is so: parts of patterns, case does not count.

What a part means for a sentence is for its reader to say: "I might see Kim at 10, so remind me"
is a wish, and no appointment.
"""

from typing import Final

IF: Final = "if|unless"
"""What follows hangs on something."""
CONDITION: Final = f"{IF}|when|whether"
"""The same, and what only tells when, or asks."""
PERHAPS: Final = "maybe|perhaps|possibly|probably"
"""It may be."""
MIGHT: Final = "might|could|would"
"""The same in a verb."""
THOUGHT: Final = "thinks?|thought|guess"
"""Somebody takes it to be so."""
UNREAL: Final = r"wish(?:es|ed)?|imagine|pretend|jok(?:e|ing)|dream(?:ed|t)?"
"""It is so in somebody's mind alone."""
SPOKEN: Final = "says?|said|told|asked"
"""Somebody else's words, or those of another time."""
TOLD: Final = f"{SPOKEN}|wrote"
"""The same with what is written; "I wrote the report" may tell of a deed, too."""
MISSED: Final = "heard|hop(?:e|es|ed|ing)|wants?|wanted|almost|nearly|never|used to|last"
"""What was heard, wanted, missed or is over."""
UNSURE: Final = f"{CONDITION}|{PERHAPS}|{MIGHT}|{THOUGHT}|{UNREAL}|{TOLD}|{MISSED}"
"""All of these: of a plan told so nothing is sure."""
