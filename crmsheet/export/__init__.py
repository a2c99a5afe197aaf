"""Results in a database: which tables, and how a run gets into them."""
