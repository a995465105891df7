"""Embedded PostgreSQL and Valkey, and the one process manager that runs the whole site locally.

Nothing here imports Django: settings read `addresses` and `secrets`, commands start processes.
"""
