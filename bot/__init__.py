"""Preflight: a security review bot for Slack. Each room below says what it does and what it will not do."""
