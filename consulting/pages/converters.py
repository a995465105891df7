"""How addresses name requests: ``26-0142``, before submission ``D57``."""


class RefConverter:
    """A number or the row of a draft; anything else is no address of this app."""

    regex = r"(?:\d{2}-\d{4,6}|D\d{1,18})"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
