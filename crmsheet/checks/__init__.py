"""Checks of the data (SPEC §5): one small function a rule."""
