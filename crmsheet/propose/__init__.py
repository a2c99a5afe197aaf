"""What a team's own workbook calls things, as a crmsheet.toml to confirm: proposals only, and the reasons for them."""
