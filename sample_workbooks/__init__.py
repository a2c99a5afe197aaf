"""Data files of crmsheet; see crmsheet.resources."""
