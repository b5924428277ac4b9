"""Reconciliation: our ledger against the provider's books of a period, read over the network, row by row.

`compare.reconciled` is the plain comparison, all in memory; the report that people read is made in steps by `run`.
"""
