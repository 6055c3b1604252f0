"""How fast the bot is, as ratios against a reference measured in the same run. Run by hand: `python -m tests.bench`."""
