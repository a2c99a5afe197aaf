"""crmsheet: the weekly run over a sales team's customer workbook."""

__version__ = "0.1.0"
