"""Learning from judged pairs: what counts as a judgement, fitting, validation, exploration.

Everything here is pure: arrays and records in, numbers out. Rows are read by
``matching.selectors.judged`` and written by ``matching.services.learning``.
"""
