"""A model that reads and drafts, optional: it proposes, it never decides, and without it everything works."""
