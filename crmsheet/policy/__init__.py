"""Policies: TOML that says how to grade and how often to touch, and the settings of one team."""
