"""Reads that join: the vocabulary, one profile as a person may see it, the directory."""
