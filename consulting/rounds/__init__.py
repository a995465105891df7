"""Rounds: a period in which several requests get their experts together."""
