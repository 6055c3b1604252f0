"""SQLite or PostgreSQL behind one door: `act` runs one transaction, `read` one look. No rule is decided here."""
