"""Storage: one SQLite database per sandbox, its tables, its session, and where it is kept while closed."""
