"""The command line."""

import sys

try:
    from usermind.cli.app import app, main
except KeyboardInterrupt:  # Ctrl-C before a command has begun is no failure to trace
    sys.stderr.write("\nStopped before it began.\n")
    sys.exit(130)

__all__ = ["app", "main"]
