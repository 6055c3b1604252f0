"""Cards: pure functions from what is true to Block Kit. Nothing here awaits, looks anything up or decides."""
