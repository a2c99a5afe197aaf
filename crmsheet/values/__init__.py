"""Small grammars for what people type into cells: one file a grammar.

Each has a scalar ``parse_*`` and a ``read_*`` over one column. A value that cannot be read is NaN, NaT or
None with a finding code in ``problem``; a blank one is NaN, NaT or None with ``problem`` None. Nothing in
here raises on user data.
"""
