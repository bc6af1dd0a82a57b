"""What managers read: sales, stock and money, each report one statement that only reads.

A report is a module: its parameters and its rows as pydantic models, its statement, its route
on the router here. ``overrides/reports.py`` mounts the router, ``docs/analytics.md`` shows it.
Definitions are those of the specification of the business (domain, section 5).
"""
