"""Decisions made in the Excel review: read back, and applied as if they had been typed into the team's workbook."""
