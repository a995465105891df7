"""The few icons that pages use, as SVG path data on a 24 × 24 grid (drawn for this product)."""

from __future__ import annotations

STROKE: dict[str, str] = {
    "check": "M4.5 12.5l5 5 10-11",
    "cross": "M6 6l12 12M18 6L6 18",
    "minus": "M5 12h14",
    "plus": "M12 5v14M5 12h14",
    "dot": "M12 9a3 3 0 100 6 3 3 0 000-6z",
    "clock": "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 7.5V12l3 2",
    "progress": "M12 3.5a8.5 8.5 0 108.5 8.5M15 4.1a8.5 8.5 0 015 5",
    "return": "M9 14l-5-5 5-5M4 9h9a6 6 0 010 12h-3",
    "pencil": "M4 20l1-4L16.5 4.5l3 3L8 19l-4 1zM14.5 6.5l3 3",
    "search": "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L20 20",
    "list": "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
    "pause": "M9 5v14M15 5v14",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 017 0v3",
    "info": "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 11v5M12 7.8h.01",
    "warning": "M12 4L2.8 19.5h18.4L12 4zM12 10v4.5M12 17h.01",
    "arrow-right": "M5 12h14M13 6l6 6-6 6",
    "arrow-left": "M19 12H5M11 6l-6 6 6 6",
    "chevron-down": "M6 9l6 6 6-6",
    "external": "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
    "bell": "M6 16V11a6 6 0 0112 0v5l1.5 2h-15L6 16zM10 20.5a2.2 2.2 0 004 0",
    "user": "M12 4a4 4 0 100 8 4 4 0 000-8zM4.5 20.5a7.5 7.5 0 0115 0",
    "users": "M9 5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM2.5 20a6.5 6.5 0 0113 0"
    "M16 5.3a3.5 3.5 0 010 6.4"
    "M17.5 14a6.5 6.5 0 014 6",
    "document": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
    "file": "M6 3h8l4 4v14H6zM14 3v4h4",
    "globe": "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM3.5 12h17M12 3.5c5 5.5 5 11.5 0 17"
    "M12 3.5c-5 5.5-5 11.5 0 17",
    "menu": "M4 6.5h16M4 12h16M4 17.5h16",
    "filter": "M4 5h16l-6 7.5V19l-4 1.5v-8L4 5z",
    "download": "M12 4v11M7 11l5 5 5-5M4 20h16",
    "spark": "M12 3l1.9 6.1L20 11l-6.1 1.9L12 19l-1.9-6.1L4 11l6.1-1.9L12 3zM19 17v4M17 19h4",
    "flag": "M6 21V4h11l-2 4 2 4H6",
    "ball": "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM8.5 12h7M12.5 9l3 3-3 3",
    "help": "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM9.5 9.5a2.5 2.5 0 113.6 2.3"
    "c-.8.4-1.1.9-1.1 1.7M12 16.5h.01",
    "logout": "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
    "calendar": "M4.5 6h15v14h-15zM4.5 10.5h15M8.5 3.5V7M15.5 3.5V7",
    "message": "M4 5h16v11H10l-4.5 4V16H4z",
    "shield": "M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5"
    "-4.5-1.5-7.5-5-7.5-9.5V6L12 3zM8.5 12l2.5 2.5 4.5-5",
    "tag": "M4 4h8l8 8-8 8-8-8zM8 8h.01",
}


def path(name: str) -> str:
    """Path data of an icon; an unknown name gives the dot, so a typo never breaks a page."""
    return STROKE.get(name, STROKE["dot"])
