"""Measuring the matcher at any size: a database of its own, synthetic experts, figures, a page.

``manage.py bench_matching`` is the way in; docs/performance.md is what comes out.
"""
