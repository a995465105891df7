"""What a request needs: from its form, its text, requests like it, and what staff decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consulting.models import Request, RequestField
from consulting.suggestions import suggest_fields
from experts.models import TaxonomyNode
from matching.evidence import Field
from matching.labels import label_vectors, leaves
from matching.needs import AXES, Clues, Need, decompose, likelihood, mentions, words_for
from matching.taxonomy import terms
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory

TEXT = "CCTV 영상에서 인파를 세고 위험을 알리는 모델이 필요합니다. 교통 민원도 함께 봅니다."


def clues_for(text: str, **more: object) -> Clues:
    counted = mentions(text)
    return Clues(counted, words_for(text, counted), **more)


def test_names_and_aliases_are_found_whatever_their_spelling() -> None:
    found = mentions("텍스트 마이닝과 text mining, 챗봇")
    assert found["T1-01"] >= 1 and found["T1-04"] == 1
    assert words_for("텍스트 마이닝", ["T1-01"])["T1-01"] == ("텍스트마이닝",)


def test_fields_of_the_form_stay_and_the_text_adds_to_them() -> None:
    needs = decompose([Field("자연어처리", "tech", "T1-01", 1)], [], clues_for(TEXT))
    by_code = {need.code: need for need in needs}
    assert by_code["T1-01"].sources[0].kind == "field"
    assert by_code["D2-01"].sources[0].words == ("CCTV", "영상")
    assert {need.axis for need in needs} == set(AXES)


def test_a_request_without_any_field_is_read_by_its_text() -> None:
    needs = decompose([], [], clues_for(TEXT))
    assert {"D2-01", "A2-01"} <= {need.code for need in needs}
    assert decompose([], [], Clues()) == ()


def test_what_staff_take_up_and_set_aside() -> None:
    clues = clues_for(TEXT)
    needs = decompose([], [], clues, accepted=["T2-02"], ignored=["D2-01"])
    codes = {need.code: need for need in needs}
    assert codes["T2-02"].sources[0].kind == "desk" and "D2-01" not in codes
    kept = decompose([Field("영상", "data", "D2-01", 1)], [], clues, ignored=["D2-01"])
    assert "D2-01" in {need.code for need in kept}


def test_requests_like_it_are_named() -> None:
    clues = Clues(similar={"T3-01": 0.9}, requests={"T3-01": ("26-0031", "26-0007")})
    need = next(n for n in decompose([], [], clues) if n.code == "T3-01")
    assert [s.kind for s in need.sources] == ["similar"]
    assert need.sources[0].requests == ("26-0031", "26-0007")


@given(
    st.dictionaries(st.sampled_from(leaves()), st.integers(1, 9), max_size=8),
    st.dictionaries(st.sampled_from(leaves()), st.floats(0, 1), max_size=8),
    st.one_of(st.none(), st.dictionaries(st.sampled_from(leaves()), st.floats(-3, 5), max_size=8)),
    st.lists(st.sampled_from(leaves()), max_size=4, unique=True),
)
def test_weights_are_shares_and_every_need_has_a_source(
    named: dict[str, int],
    similar: dict[str, float],
    near: dict[str, float] | None,
    fields: list[str],
) -> None:
    clues = Clues(named, {}, near, similar, {})
    wanted = [Field(terms()[code].ko, "", code, 1) for code in fields]
    needs = decompose(wanted, [], clues)
    assert set(fields) <= {need.code for need in needs}
    if needs:
        assert sum(need.weight for need in needs) == pytest.approx(1)
    assert all(need.weight > 0 and need.sources for need in needs)
    assert needs == decompose(wanted, [], clues)
    assert needs == tuple(Need.from_json(need.as_json()) for need in needs) or all(
        abs(a.weight - Need.from_json(a.as_json()).weight) < 1e-4 for a in needs
    )


@given(st.integers(0, 20), st.floats(-3, 5), st.floats(0, 1))
def test_more_evidence_never_makes_a_field_less_likely(
    count: int, near: float, share: float
) -> None:
    def at(n: int, z: float | None, s: float) -> float:
        nearness = None if z is None else {"T1-01": z}
        return likelihood("T1-01", Clues({"T1-01": n}, {}, nearness, {"T1-01": s}))

    for z in (near, None):
        assert at(count + 1, z, share) >= at(count, z, share)
        assert at(count, z, min(1, share + 0.1)) >= at(count, z, share)
    assert at(count, near + 0.5, share) >= at(count, near, share)


@pytest.mark.encoder
@pytest.mark.django_db
class TestWithVectors:
    """Stored requests with their vectors."""

    def test_the_shipped_vectors_are_those_of_the_bundled_model(self) -> None:
        from matching.encoders import active_encoders
        from matching.labels import _vectors, label_text

        encoder = active_encoders()[0]
        assert _vectors(encoder.fingerprint) is not None, "make them with labels.write_labels"
        fresh = encoder.encode_queries([label_text(terms()[code]) for code in leaves()[:5]])
        assert (label_vectors(encoder)[:5] * fresh).sum(axis=1) == pytest.approx(1, abs=1e-3)

    def test_a_text_that_never_names_its_field_gets_it_by_meaning(self) -> None:
        from matching.indexing import embed_request

        request: Request = RequestFactory(
            accepted=True,
            title="구급차가 늦게 도착하는 동네",
            situation="골목이 좁아 불이 나면 큰 차가 들어가지 못합니다.",
            problem="출동이 늦습니다.",
            ask="어디에 무엇을 두면 좋을지 자문해 주십시오.",
            keywords=[],
        )
        before = suggest_fields(request.situation, (), request)
        embed_request(request.pk)
        after = suggest_fields(request.situation, (), request, request.manager)
        assert "A1-02" not in [s.node.code for s in before]
        assert "A1-02" in [s.node.code for s in after]
        assert after == suggest_fields(request.situation, (), request, request.manager)

    def test_requests_of_others_are_counted_but_not_named(self) -> None:
        from matching.indexing import embed_request

        facts = {
            "title": "상담 전화 폭주 대비",
            "situation": "전화가 몰립니다.",
            "problem": "언제 몰릴지 모릅니다.",
            "ask": "미리 아는 방법을 알려 주십시오.",
            "keywords": [],
        }
        earlier = [RequestFactory(decided=True, **facts) for _n in range(3)]
        node = TaxonomyNode.objects.get(code="T3-01")
        for one in earlier:
            RequestField.objects.create(request=one, node=node, rank=1)
        request = RequestFactory(accepted=True, **facts)
        for one in [*earlier, request]:
            embed_request(one.pk)
        officer = UserFactory(officer=True)
        numbers = {one.number for one in earlier}
        for reader, seen in ((officer, set()), (UserFactory(manager=True), numbers)):
            hits = suggest_fields("전화가 몰립니다.", (), request, reader)
            hit = next(s for s in hits if s.node.code == "T3-01")
            assert set(hit.requests) == seen
