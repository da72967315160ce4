"""The gate: every text passes it before it is stored and before a model sees it.

    text → private topics → detectors, sensitive facts → policy → kept, redacted, or withheld

It fails closed: when a detector or the policy breaks, nothing passes and `PrivacyError` is raised.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from usermind.errors import PrivacyError, UsermindError
from usermind.memory.privacy import sensitive, topics
from usermind.memory.privacy.decisions import EVERYTHING, TOPIC, Verdict
from usermind.memory.privacy.detectors import DETECTORS, Remembered, find
from usermind.memory.privacy.findings import Finding, redacted
from usermind.memory.privacy.policy import OFF, Action, Policy, PolicyName, Recipient, policy_of
from usermind.memory.privacy.topics import Matcher

Place = Recipient | Literal["offline engine"]
"""Where a text is to go. The offline engine is no recipient, but private topics hold for it too."""


class PrivacyOffWarning(UserWarning):
    """The privacy gate was switched off."""


@dataclass(frozen=True, slots=True)
class Screened:
    """What the gate lets through of a text."""

    text: str | None
    """None: the text is withheld as a whole."""
    verdicts: tuple[Verdict, ...] = ()

    @property
    def private(self) -> bool:
        """Whether it touches a private topic."""
        return any(verdict.kind == TOPIC for verdict in self.verdicts)


class Gate:
    """Applies one policy. Thread-safe; one a store."""

    def __init__(self, policy: Policy | PolicyName = "standard") -> None:
        self.policy = policy_of(policy)
        self._detectors = (*DETECTORS, *self.policy.detectors)
        self._remembered = Remembered()
        if self.policy == OFF:
            warnings.warn(
                "The privacy gate is off: passwords, card numbers and facts about others are "
                "stored and sent to models as they come. Private topics still hold.",
                PrivacyOffWarning,
                stacklevel=4,
            )

    def screen(
        self,
        text: str,
        to: Place,
        *,
        speaker_is_user: bool = True,
        name: str = "",
        private: Sequence[Matcher] = topics.NONE,
        said_now: bool = False,
    ) -> Screened:
        """Return what may go of a text to a place.

        Args:
            text: All of it.
            to: Where it is to go.
            speaker_is_user: Whether the user wrote it, so that "I" is they.
            name: How claims call the user.
            private: The user's private topics.
            said_now: The user is saying it to the assistant at this moment, and so decided to:
                what would be withheld passes, what would be redacted is redacted.

        Raises:
            PrivacyError: The gate broke; the text must go nowhere.
        """
        try:
            touched = () if said_now else topics.touching(private, text)
            if touched:
                rule = ",".join(touched)
                return Screened(None, (Verdict("withhold", TOPIC, "user", to, rule),))
            if self.policy == OFF or to == "offline engine":
                return Screened(text)
            found = self.findings(text, speaker_is_user=speaker_is_user, name=name)
            return self._judged(text, found, to, said_now=said_now) if found else Screened(text)
        except UsermindError:
            raise
        except Exception as error:
            raise PrivacyError.of(error, what="A part") from error

    def findings(
        self, text: str, *, speaker_is_user: bool = True, name: str = ""
    ) -> tuple[Finding, ...]:
        """Return all that is found in a text, in no particular order."""

        def look() -> tuple[Finding, ...]:
            facts = sensitive.find(text, name=name, speaker_is_user=speaker_is_user)
            return (*find(text, self._detectors), *facts)

        return self._remembered.of(text, f"{speaker_is_user}{name}", look)

    def _judged(
        self, text: str, found: Sequence[Finding], to: Recipient, *, said_now: bool
    ) -> Screened:
        verdicts: list[Verdict] = []
        taken: list[Finding] = []
        for finding in found:
            action, rule = self.policy.decide(finding.kind, finding.subject, to)
            if said_now and action == "withhold":
                action = "keep"
            if action == "redact":
                taken.append(finding)
            verdicts.append(Verdict(action, finding.kind, finding.subject, to, rule))
        if any(verdict.action == "withhold" for verdict in verdicts):
            return Screened(None, tuple(verdicts))
        return Screened(redacted(text, taken), tuple(verdicts))

    def picture(self, to: Place) -> Verdict:
        """Return whether a reference picture may go to a place: kept or withheld."""
        if to == "offline engine":
            return Verdict("keep", "picture", "unknown", to, "offline")
        action, rule = self.policy.decide("picture", "unknown", to)
        kept: Action = "keep" if action == "keep" else "withhold"
        return Verdict(kept, "picture", "unknown", to, rule)

    def off_note(self, to: Place) -> Verdict | None:
        """Return what the log says of a gate that is off."""
        return Verdict("keep", EVERYTHING, "unknown", to, "off") if self.policy == OFF else None
