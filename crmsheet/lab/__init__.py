"""The policy lab: lint a policy, compare two, simulate one on a workbook, look back at what tiers were worth."""
