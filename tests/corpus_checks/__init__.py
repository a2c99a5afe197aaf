"""What `tests/corpus.py` does with each workbook: plan edits, commit to a copy, judge before and after."""
