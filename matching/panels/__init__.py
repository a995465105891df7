"""Choosing a committee: the panel by what is still uncovered, and the draw by lot. Pure."""
