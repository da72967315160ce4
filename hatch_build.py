"""What an editable install needs: the links in src/usermind to the folders at the root."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HELP = (
    "{link} is no link to {target}, and none can be made ({error}). An editable install needs it. "
    "On Windows, turn on Developer Mode and clone with `git -c core.symlinks=true clone`; or "
    "install without -e, which needs no links."
)


class Links(BuildHookInterface):  # type: ignore[type-arg]  # its configuration has no type here
    """Makes the links where an archive or a checkout without links left them out."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what is missing before an editable wheel is built; other wheels read no link."""
        if version != "editable":
            return
        root = Path(self.root)
        for folder in sorted(path.parent for path in root.glob("*/__init__.py")):
            link = root / "src" / "usermind" / folder.name
            if link.resolve() == folder.resolve():
                continue
            target = Path("..", "..", folder.name)
            try:
                # Without links, Git and unpackers leave a file that holds where it should lead.
                link.unlink(missing_ok=True)
                link.symlink_to(target, target_is_directory=True)
            except OSError as error:
                told = HELP.format(link=link, target=target, error=error.strerror)
                raise RuntimeError(told) from error
