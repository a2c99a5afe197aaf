"""From a workbook to typed frames that know their cells (SPEC §2)."""
