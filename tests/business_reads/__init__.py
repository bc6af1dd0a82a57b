"""Reports, accounts, invoices and scans, against what plain Python makes of the same rows."""
