"""How customers move between tiers over the weeks: what the rules ask for, what people answered (SPEC §4, Moves)."""
