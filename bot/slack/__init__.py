"""What people touch in Slack: understand the click, call a use case, show the answer. No rule lives here."""
