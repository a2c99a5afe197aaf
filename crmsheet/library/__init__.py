"""crmsheet as a library: the calls that ``import crmsheet`` offers, and their results in pandas."""
