"""The gate before an embedder: what is turned into vectors elsewhere is sent there."""

from collections.abc import Sequence

from usermind.memory.database import Database
from usermind.memory.journal import USER
from usermind.memory.privacy import decisions, topics
from usermind.memory.privacy.decisions import Verdict
from usermind.memory.privacy.doors import LEFT_OUT, MODELS
from usermind.memory.privacy.gate import Gate
from usermind.types import Clock


class ForEmbedder:
    """Says which words an embedder may see.

    One of this process sees all; one behind an address sees what the policy lets a model there
    see. A row that is withheld gets the vector of a placeholder, so that it is not tried again,
    and is found by its words.
    """

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self._gate = gate
        self._clock = clock

    def rows(
        self, database: Database, recipient: str, rows: Sequence[tuple[str, str, str]]
    ) -> list[tuple[str, str]]:
        """Return author and text of rows, given with their ids, as the embedder may see them.

        Raises:
            PrivacyError: The gate broke; nothing may be sent.
        """
        place = MODELS.get(recipient, "remote model")
        if place == "offline engine":
            return [(author, text) for _, author, text in rows]
        with database.read() as connection:
            private = topics.matchers(topics.rows(connection))
        found: list[tuple[str, str]] = []
        verdicts: list[Verdict] = []
        for id_, author, text in rows:
            # A claim has no author and speaks of the user by name or as nobody in particular.
            own = author in ("", USER)
            screened = self._gate.screen(text, place, speaker_is_user=own, private=private)
            name = author
            if not own:
                seen = self._gate.screen(author, place, speaker_is_user=False, private=private)
                name = seen.text or "somebody"
            found.append((name, LEFT_OUT if screened.text is None else screened.text))
            verdicts += decisions.about(screened.verdicts, id_)
        told = [verdict for verdict in verdicts if verdict.action != "keep"]
        if told:
            with database.write(durable=False) as connection:
                at = self._clock().timestamp()
                decisions.log(connection, told, stage="egress", at=at)
        return found

    def query(
        self, database: Database, recipient: str, text: str, *, author: str | None
    ) -> str | None:
        """Return a query as the embedder may see it; None: nothing of it.

        What touches a private topic is sent nowhere, be it what the user is asking: they say it to
        the assistant, and not to a third. Else a query that is said now goes without what opens or
        identifies, and one made of stored text as its row does, where the decision is logged.

        Args:
            database: The user's file, whose private topics hold.
            recipient: Where the embedder is.
            text: The query.
            author: Who wrote it, where it is stored text; None: the user is saying it now.

        Raises:
            PrivacyError: The gate broke; nothing may be sent.
        """
        place = MODELS.get(recipient, "remote model")
        if place == "offline engine":
            return text
        with database.read() as connection:
            private = topics.matchers(topics.rows(connection))
        own = author in (None, "", USER)
        screened = self._gate.screen(text, place, speaker_is_user=own, private=private)
        if author is None and not screened.private:
            screened = self._gate.screen(text, place, said_now=True)
        return screened.text
