"""What a reason for declining somebody speaks about: fit, or something that is not his fit."""

from __future__ import annotations

import re
from enum import StrEnum


class Topic(StrEnum):
    """Subjects of a reason; several may stand in one text."""

    FIT = "fit"
    EVIDENCE = "evidence"
    BETTER = "better"
    CAPACITY = "capacity"
    CONFLICT = "conflict"
    FORMAT = "format"


#: subject → what is said about it, in Korean and in English
PATTERNS: dict[Topic, re.Pattern[str]] = {
    topic: re.compile("|".join(words), re.IGNORECASE)
    for topic, words in {
        Topic.FIT: [
            r"(분야|전문성|주제|내용|방향)\w{0,2}\s*(많이\s*|조금\s*|서로\s*)?(다르|다릅|달라|다른|벗어)",
            r"(맞지|적합하지|알맞지|부합하지)\s*않",
            r"(관련|경험|전문성|실적)\w{0,2}\s*(거의\s*|매우\s*)?(없|부족|적습|적음|모자)",
            r"(different|another|wrong|unrelated)\s+(field|area|subject|topic)",
            r"(differs?|far)\s+from",
            r"not\s+(an?\s+)?(expert|suitable|relevant|a\s+fit|match)",
            r"(lacks?|no|too\s+little|not\s+enough)\s+(relevant\s+)?(experience|expertise)",
        ],
        Topic.EVIDENCE: [
            r"근거\w{0,2}\s*(오래|부족|없|약)",
            r"(지금|현재|요즘)\s*쓰는\s*기술과\s*(차이|다르|다릅)",
            r"확인되지\s*않",
            r"out\s?dated|evidence\s+is\s+(old|weak|thin)|not\s+(been\s+)?verified",
        ],
        Topic.BETTER: [
            r"더\s*(알맞|적합|잘\s*맞|나은)",
            r"better[\s-]+(suited|fit|match|qualified)|more\s+suitable|fits?\s+better",
        ],
        Topic.CAPACITY: [
            r"많이\s*맡|한도|시간을\s*내|일정|여유|바쁘|바빠|다른\s*과제를\s*맡|출장|휴직",
            r"\bbusy\b|availab|schedul|capacity|overload|many\s+(other\s+)?requests",
        ],
        Topic.CONFLICT: [
            r"이해\s*충돌|이해관계|같은\s*기관|공동\s*연구|제척|회피",
            r"conflict\s+of\s+interest|same\s+(institution|organi[sz]ation)",
        ],
        Topic.FORMAT: [r"대면|현장\s*방문|on-?site|in\s+person|remote(ly)?\s+only"],
    }.items()
}

#: subjects that say something about how well a person fits the request
ABOUT_FIT = frozenset({Topic.FIT, Topic.EVIDENCE, Topic.BETTER})


def topics(text: str) -> frozenset[Topic]:
    """The subjects that a reason names; none where it says nothing known."""
    return frozenset(topic for topic, pattern in PATTERNS.items() if pattern.search(text))
