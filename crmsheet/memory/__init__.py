"""What earlier runs left in the workbook: 等级快照, 等级变更记录 and 运行记录, read back as values (SPEC §4)."""
