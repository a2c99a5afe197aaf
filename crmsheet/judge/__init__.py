"""From facts to bands, from bands to tiers, from tiers to moves (SPEC §4)."""
