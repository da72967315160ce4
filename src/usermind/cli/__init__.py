"""The command line."""

from usermind.cli.app import app, main

__all__ = ["app", "main"]
