"""`python -m bot` is the command `preflight`; nothing else happens here."""

from bot.cli import main

if __name__ == "__main__":
    main()
