"""Rules of procurement that need no database: what a draft must be, what it sums up to, and who
may act.
"""
