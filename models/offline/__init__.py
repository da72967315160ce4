"""The offline engine: English rules that extract, relate and answer without a model.

A message goes down this list: `framing` cuts it into sentences that state something, `clauses` into
statements, `subjects` finds whom each is about, `predicates` (with `states`, `possessions`,
`intentions`, `denials`, `tastes`) judges whether it lasts, `claims` words it in the third person;
`relating` compares the claims with what is known. `answering` picks the memory that answers a
question, with `intents` for the common ones; `about` is what the engine says of itself.
"""

from usermind.models.offline.engine import Offline

__all__ = ["Offline"]
