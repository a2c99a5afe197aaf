"""New workbooks for a team that starts: what stands in them follows from the policy and the field catalogue."""
