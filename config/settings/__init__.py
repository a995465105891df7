"""Settings: base for all, local, production and test on top."""
