"""Reads that join: the shortlist as people see it, why somebody is not on it, comparisons."""
