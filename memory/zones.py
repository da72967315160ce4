"""Times by the user's clock."""

from datetime import datetime, tzinfo


def in_zone(at: datetime, zone: tzinfo | None) -> datetime:
    """Return a time that names no zone as one of a zone; None: this machine's."""
    return at.astimezone() if zone is None else at.replace(tzinfo=zone)
