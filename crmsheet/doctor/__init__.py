"""Whether a run can work here: the machine, the folder, the workbook; each with what to do."""
