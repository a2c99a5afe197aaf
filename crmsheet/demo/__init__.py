"""A lifelike team to try crmsheet on: eight weeks of runs with people's edits in between, the same every time."""
