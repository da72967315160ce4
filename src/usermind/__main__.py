"""`python -m usermind`: the command line without its script."""

from usermind.cli import main

if __name__ == "__main__":
    main()
