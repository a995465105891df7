"""Who can sign in to the demo: one password, one simple address per role."""

from dataclasses import dataclass

from demo.reading import table

DOMAIN = "demo.example"
PASSWORD = "bridge-demo-2026"
#: departments whose officers have an address that is easy to type
EASY = {"dasan-data": "officer", "gu-yeongdeungpo-safety": "officer2", "water-institute-quality":
        "officer3", "tourism-foundation": "officer4", "arisu-customer": "officer5"}  # fmt: skip
NOTES = {
    "inhouse": "재단 내부 전문가",
    "manager": "재단 내부 전문가이기도 함",
    "expert": "승인된 전문가",
    "expert.review": "검토 중인 전문가",
    "expert.draft": "프로필을 반쯤 채운 전문가",
}
ROLE_NAMES = {
    "officer": "부서 담당자",
    "expert": "전문가",
    "reviewer": "자격 검토자",
    "manager": "사례 관리자",
    "editor": "콘텐츠 편집자",
    "administrator": "관리자",
    "auditor": "감사자",
}


@dataclass(frozen=True)
class SignIn:
    """One line of what ``manage.py demo_signins`` prints."""

    email: str
    role: str
    note: str


def email_of(address: str) -> str:
    """The full address of a demo account."""
    return f"{address}@{DOMAIN}"


def officer_address(department: str) -> str:
    """Local part of the address of a department's officer."""
    return EASY.get(department) or f"officer-{department}"


def listed() -> list[SignIn]:
    """The sign-ins to show: every role, and some officers; officers first."""
    officers = [
        SignIn(email_of(address), ROLE_NAMES["officer"], _full_name(code))
        for code, address in EASY.items()
    ]
    staff = [
        SignIn(email_of(row["address"]), ROLE_NAMES[row["role"]], NOTES.get(row["address"], ""))
        for row in table("staff")
        if not row["address"][-1].isdigit()
    ]
    return officers + staff


def _full_name(code: str) -> str:
    """A department with the institutions above it."""
    rows = {row["code"]: row for row in table("organisations")}
    names = []
    while code:
        names.append(rows[code]["name_ko"])
        code = rows[code]["parent"]
    return " ".join(reversed(names))
