"""When to talk to whom: working days, touches, commitments, the next action (SPEC §4)."""
