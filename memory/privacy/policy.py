"""The policy: what may flow to whom, as an ordered table of rules; the first that fits decides.

After Nissenbaum's contextual integrity: whether a flow of information is right depends on the kind
of information, on whom it is about, and on who receives it. What no rule speaks of is withheld.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from usermind.errors import InvalidInputError
from usermind.memory.privacy.detectors import Detector
from usermind.memory.privacy.findings import (
    CONTACTS,
    NUMBERS,
    PICTURES,
    SECRETS,
    SENSITIVE,
    Subject,
)

Recipient = Literal["store", "local model", "remote model"]
"""Who receives a text: the store's file; a model on this machine or in its private network; a
model anywhere else. The offline engine is code of this package and no recipient."""
Action = Literal["keep", "redact", "withhold"]
"""keep: it passes. redact: a placeholder passes in its stead. withhold: the whole text does not."""
PolicyName = Literal["standard", "strict", "off"]

UNMATCHED = "no rule"
"""Id of the rule that stands behind all others: withhold."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table; None fits everything."""

    id: str
    """Short name, which the log of decisions shows."""
    action: Action
    kinds: frozenset[str] | None = None
    subjects: frozenset[Subject] | None = None
    recipients: frozenset[Recipient] | None = None

    def fits(self, kind: str, subject: Subject, recipient: Recipient) -> bool:
        """Say whether this rule speaks of such a flow."""
        return (
            (self.kinds is None or kind in self.kinds)
            and (self.subjects is None or subject in self.subjects)
            and (self.recipients is None or recipient in self.recipients)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """An ordered table of rules."""

    name: str
    rules: Sequence[Rule]
    detectors: Sequence[Detector] = ()
    """Detectors of your own, beside those that ship; write rules for the kinds that they find."""

    def decide(self, kind: str, subject: Subject, recipient: Recipient) -> tuple[Action, str]:
        """Return what happens to a finding, and the id of the rule that says so."""
        for rule in self.rules:
            if rule.fits(kind, subject, recipient):
                return rule.action, rule.id
        return "withhold", UNMATCHED


_HERE: frozenset[Recipient] = frozenset({"store", "local model"})
_REMOTE: frozenset[Recipient] = frozenset({"remote model"})
_USER: frozenset[Subject] = frozenset({"user"})
_OTHERS: frozenset[Subject] = frozenset({"other", "unknown"})

STANDARD = Policy(
    "standard",
    (
        Rule("secrets-nowhere", "redact", SECRETS),
        Rule("numbers-nowhere", "redact", NUMBERS),
        Rule("contacts-here", "keep", CONTACTS, recipients=_HERE),
        Rule("contacts-not-away", "redact", CONTACTS, recipients=_REMOTE),
        Rule("own-facts", "keep", SENSITIVE, subjects=_USER),
        Rule("others-here", "keep", SENSITIVE, subjects=_OTHERS, recipients=_HERE),
        Rule("others-not-away", "withhold", SENSITIVE, subjects=_OTHERS, recipients=_REMOTE),
        Rule("pictures-here", "keep", PICTURES, recipients=_HERE),
    ),
)
"""For an assistant that one person uses: what opens or stands for something is never kept, and
others are not talked about to strangers."""

STRICT = Policy(
    "strict",
    (
        Rule("secrets-nowhere", "redact", SECRETS),
        Rule("numbers-nowhere", "redact", NUMBERS),
        Rule("contacts-nowhere", "redact", CONTACTS),
        Rule("others-not-stored", "withhold", SENSITIVE, subjects=_OTHERS),
        Rule("own-facts-here", "keep", SENSITIVE, subjects=_USER, recipients=_HERE),
        Rule("own-facts-not-away", "withhold", SENSITIVE, subjects=_USER, recipients=_REMOTE),
        Rule("pictures-here", "keep", PICTURES, recipients=_HERE),
    ),
)
"""No addresses of anybody, nothing sensitive about others, and the user's own stays at home."""

OFF = Policy("off", (Rule("off", "keep"),))
"""Nothing is looked for. Private topics hold all the same: the user asked for those."""

POLICIES: dict[str, Policy] = {policy.name: policy for policy in (STANDARD, STRICT, OFF)}


def policy_of(given: "Policy | PolicyName") -> Policy:
    """Return the policy of a name, or the one that was given.

    Raises:
        InvalidInputError: There is none of this name.
    """
    if isinstance(given, Policy):
        return given
    if given not in get_args(PolicyName):
        raise InvalidInputError(
            f"There is no privacy policy {given!r}. Expected one of "
            f"{', '.join(map(repr, get_args(PolicyName)))}, or a `Policy`."
        )
    return POLICIES[given]
