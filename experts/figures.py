"""Numbers that this app gives to the front page."""


def register_all() -> None:
    """Offer the figures to the content app."""
