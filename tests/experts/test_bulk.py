"""Bringing in many profiles at once."""

from datetime import date

import pytest

from accounts.models import ConsentRecord, User
from audit.models import Event
from experts.models import Claim, Expert, SearchDocument
from experts.services import ClaimRecord, ExpertRecord, bulk_load
from experts.signals import experts_changed
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def record(number: int, **facts) -> ExpertRecord:
    claims = [
        ClaimRecord("affiliation", "한빛대학교", "산업공학과", "교수", verification="verified")
    ]
    claims += [
        ClaimRecord("project", f"과제 {number}-{i}", text="격자로 나눔", starts_on=date(2024, 1, i))
        for i in range(1, 6)
    ]
    values = {
        "name_ko": f"홍시험{number}",
        "email": f"bulk{number}@example.org",
        "bio": "침수 위험을 예측합니다. " * 10,
        "fields": ["T2-05", "T3-01", "D2-03", "A1-01"],
        "claims": claims,
        "region": "seoul",
        "is_public": True,
        "public_sections": ["project"],
        "since": date(2026, 3, 2),
        "pools": ["bridge"],
        **facts,
    }
    return ExpertRecord(**values)


@pytest.fixture
def reviewer():
    return UserFactory(reviewer=True)


def test_loads_whole_profiles(reviewer, django_capture_on_commit_callbacks):
    heard = []
    experts_changed.connect(lambda expert_ids, **_: heard.append(expert_ids), weak=False)
    with django_capture_on_commit_callbacks(execute=True):
        experts = bulk_load([record(n) for n in range(3)], reviewer)
    assert heard == [sorted(e.pk for e in experts)]
    first = Expert.objects.get(pk=experts[0].pk)
    assert [f.rank for f in first.fields.order_by("node__code")] == [1, 1, 1, 2]
    assert first.claims.verified().get().verified_by == reviewer
    assert first.user.has_role("expert") and not first.user.has_usable_password()
    assert ConsentRecord.objects.filter(person=first.user).count() == 2
    assert Event.objects.filter(type="expert.imported").count() == 3
    assert "#T2-05" in first.search_document.open_keys
    assert first.pools.get().code == "bridge"


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"fields": ["T9-99"]}, "T9-99"),
        ({"region": "atlantis"}, "atlantis"),
        ({"email": "", "is_public": True}, "consent"),
        ({"fields": ["T1-01", "T1-02", "T1-03", "T1-04"]}, "three fields"),
        ({"claims": [ClaimRecord("project", "")]}, "project"),
    ],
)
def test_impossible_records_store_nothing(reviewer, facts, word):
    with pytest.raises(ValueError, match=word):
        bulk_load([record(0), record(1, **facts)], reviewer)
    assert not Expert.objects.exists()
    assert not User.objects.filter(email__startswith="bulk").exists()


def test_queries_do_not_grow_with_the_lines(reviewer, django_assert_max_num_queries):
    with django_assert_max_num_queries(60):
        bulk_load([record(n) for n in range(2)], reviewer)
    assert Claim.objects.count() == 12 and SearchDocument.objects.count() == 2
