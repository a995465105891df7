"""Index and database: what is written, what is left alone, what leaves."""

import pytest
from django.core.cache import cache

from experts.models import Claim, Expert
from matching.adapters import query_of, record_of, records_of
from matching.embedding import PASSAGE, export_file, import_file, vectors_of
from matching.encoders import active_encoders
from matching.engines import Filters, active_engine
from matching.health import encoder_status, engine_status
from matching.indexing import embed_request, index_experts, rebuild_index, remove_experts
from matching.models.index import Embedding, ExpertIndex
from matching.pipeline import rank
from matching.services import index_check
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ClaimFactory, ExpertFactory

pytestmark = [pytest.mark.django_db, pytest.mark.encoder]


def test_a_record_holds_what_may_be_used() -> None:
    expert = ExpertFactory(fields=["T1-01"])
    kept = ClaimFactory(expert=expert, title="하수관로 침수 예측", verified=True)
    ClaimFactory(expert=expert, title="반려된 것", rejected=True)
    ClaimFactory(expert=expert, title="옛 방향", is_retired=True)
    record = record_of(Expert.objects.get(pk=expert.pk))
    assert [p.verification for p in record.pieces if p.source_ref == f"claim:{kept.pk}"] == [
        "verified"
    ]
    assert "옛 방향" not in [p.title for p in record.pieces]
    assert {"approved", "verified", "state:approved"} <= set(record.facts)
    assert [f.code for f in record.fields] == ["T1-01"]
    index_experts([expert.pk])
    shown = active_engine().load([expert.pk])[0].shown_pieces
    assert "반려된 것" not in [piece["title"] for piece in shown]


def test_only_changed_texts_are_embedded_and_only_changed_experts_written() -> None:
    first, second = ExpertFactory(), ExpertFactory()
    assert index_experts([first.pk, second.pk]) == 2
    embedded = Embedding.objects.count()
    assert index_experts([first.pk, second.pk]) == 0
    ClaimFactory(expert=second, title="강변북로 교통량 예측", text="")
    assert index_experts([first.pk, second.pk]) == 1
    assert Embedding.objects.count() == embedded + 1
    second.monthly_cap = 1
    second.save()
    assert index_experts([second.pk]) == 1
    assert Embedding.objects.count() == embedded + 1


def test_drafts_withdrawn_and_missing_experts_leave_the_index() -> None:
    expert, draft = ExpertFactory(), ExpertFactory(draft=True)
    index_experts([expert.pk, draft.pk, 999_999])
    assert list(ExpertIndex.objects.values_list("expert_id", flat=True)) == [expert.pk]
    Expert.objects.filter(pk=expert.pk).update(state=Expert.State.WITHDRAWN)
    index_experts([expert.pk])
    remove_experts([expert.pk, 999_999])
    assert not ExpertIndex.objects.exists()


def test_a_rebuild_writes_everyone_and_drops_the_gone() -> None:
    expert = ExpertFactory()
    ExpertIndex.objects.create(
        expert_id=999_999, version="old", language="ko", words=b"", pieces=b""
    )
    assert rebuild_index() == 1
    assert list(ExpertIndex.objects.values_list("expert_id", flat=True)) == [expert.pk]


def test_a_request_finds_its_expert_with_evidence_and_reasons() -> None:
    wanted = ExpertFactory(fields=["T1-01"])
    best = ClaimFactory(
        expert=wanted,
        title="빗물펌프장 운전 지원 모형",
        text="직원 교육을 했습니다. 강우 예보와 하수관로 수위로 침수를 예측했습니다.",
        verified=True,
    )
    others = [ExpertFactory() for _ in range(4)]
    index_experts([wanted.pk, *(o.pk for o in others)])
    request = RequestFactory(
        title="침수 예측",
        situation="하수관로 수위와 강우 예보로 침수를 미리 알고 싶습니다.",
        problem="",
        ask="",
        expected_effect="",
        data_held="",
        keywords=["침수"],
    )
    assert embed_request(request.pk) and not embed_request(999_999)
    before = Embedding.objects.count()
    result = rank(query_of(request), Filters(all_of=("approved", "verified")), limit=3)
    assert Embedding.objects.count() == before
    top = result.experts[0]
    assert top.expert_id == wanted.pk and len(result.experts) == 3
    assert top.evidence["source_ref"] == f"claim:{best.pk}"
    assert top.evidence["text"] == "강우 예보와 하수관로 수위로 침수를 예측했습니다."
    assert top.evidence["verification"] == "verified" and top.evidence["verified_on"]
    assert set(result.timings) == {"encode", "retrieve", "score", "explain"}


def test_vectors_travel_in_a_file(tmp_path) -> None:
    texts = ["침수 예측", "flood forecasting"]
    encoders = active_encoders()
    before = {e.name: vectors_of(e, PASSAGE, texts) for e in encoders}
    assert export_file(tmp_path / "v.npz", encoders, PASSAGE, texts) == 2 * len(encoders)
    Embedding.objects.all().delete()
    assert import_file(tmp_path / "v.npz") == 2 * len(encoders)
    for encoder in encoders:
        after = vectors_of(encoder, PASSAGE, texts)
        assert ((before[encoder.name] * after).sum(axis=1) > 0.999).all()


def test_health_names_encoder_and_engine() -> None:
    assert encoder_status()["ok"] and set(encoder_status()["encoders"]) == {"e5-small", "minilm"}
    cache.delete(index_check.REPORT)  # of a comparison that another test has made
    assert engine_status() == {"ok": True, "documents": 0}


def test_records_come_in_order_and_without_queries_per_row(django_assert_num_queries) -> None:
    experts = [ExpertFactory() for _ in range(4)]
    with django_assert_num_queries(5):
        records = records_of([e.pk for e in reversed(experts)])
    assert [r.key for r in records] == sorted(e.pk for e in experts)
    assert Claim.objects.filter(expert=experts[0]).exists()
