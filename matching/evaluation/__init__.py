"""Measuring the matcher on judged requests, through the same code as production."""
