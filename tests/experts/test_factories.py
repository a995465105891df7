"""The factories make what their traits say."""

import pytest

from experts.models import Expert, Verification
from tests.factories.experts import ClaimFactory, ExpertFactory, RelationFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", Expert.State.values)
def test_state_traits(state):
    expert = ExpertFactory(**{state: True})
    assert expert.state == state
    assert expert.fields.count() == 2
    assert expert.search_document.full_keys


def test_plain_expert_is_recommendable():
    expert = ExpertFactory()
    assert list(Expert.objects.recommendable()) == [expert]


@pytest.mark.parametrize("trait", ["unverified", "paused", "suspended"])
def test_not_recommendable(trait):
    ExpertFactory(**{trait: True})
    assert not Expert.objects.recommendable().exists()


def test_bare_has_nothing():
    expert = ExpertFactory(draft=True, bare=True)
    assert not expert.fields.exists()
    assert not expert.claims.exists()


def test_claim_traits():
    claim = ClaimFactory(paper=True, outdated=True)
    assert claim.is_outdated and not claim.is_verified
    assert ClaimFactory(rejected=True).verification == Verification.REJECTED
    assert ClaimFactory(education=True, verified=True).is_verified
    assert RelationFactory().expert.pk
