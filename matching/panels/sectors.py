"""Which sector an employer belongs to, judged by its name: a hint for soft wishes, never a rule."""

from __future__ import annotations

import re

ACADEMIA, PUBLIC, INDUSTRY, UNKNOWN = "academia", "public", "industry", ""
_RULES = (
    (
        ACADEMIA,
        r"대학|과학기술원|카이스트|\b(university|college|kaist|unist|gist|dgist|postech|"
        r"polytechnic|institute of technology|school of)\b|universit|hochschule",
    ),
    (
        PUBLIC,
        r"(시청|구청|도청|군청|교육청|경찰|소방|보건소|공단|공사|진흥원|연구원|연구소|정보원|평가원|"
        r"재단|위원회|의회|국립|서울시|특별시|광역시)|\b(ministry|agency|council|government|"
        r"national|public|city of|municipal|foundation|authority|research institute)\b",
    ),
)


def sector_of(employer: str) -> str:
    """academia, public or industry; unknown for an empty name."""
    text = employer.casefold()
    if not text.strip():
        return UNKNOWN
    return next((sector for sector, rule in _RULES if re.search(rule, text)), INDUSTRY)
