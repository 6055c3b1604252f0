"""A Slack look-alike on loopback. It knows Slack's protocol and nothing of the bot it is talking to."""
