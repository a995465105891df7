"""Why somebody stands where he stands, why somebody is missing, and what he himself is told."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from experts.models import Claim, Expert
from matching import pipeline
from matching.adapters import query_of
from matching.engines import Filters, active_engine
from matching.fusion import shown_score
from matching.models import MatchCandidate, MatchRun
from matching.pages.panels import considered_panel
from matching.preparing import prepare_queries
from matching.reasons import WORTH, quotes, what_ifs
from matching.selectors.cards import cards_of
from matching.selectors.needs import needs_of
from matching.selectors.panels import need_row
from matching.selectors.why import why_of
from matching.selectors.why_not import FOUND_BY_NAME, Gap, experts_by_name, why_not
from matching.services.execution import candidate_row
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory
from tests.factories.matching import CandidateFactory, RunFactory
from tests.matching.committee import experts, run, written_once

__all__ = ["experts", "run", "written_once"]
pytestmark = [pytest.mark.django_db, pytest.mark.encoder]


@pytest.fixture
def scored(run: MatchRun) -> MatchRun:
    """The list as the matcher makes it: five people."""
    run.candidates.all().delete()
    result = pipeline.rank(query_of(run.request), Filters(all_of=("approved",)), 5)
    MatchCandidate.objects.bulk_create(
        candidate_row(run, one, 1, listed=True) for one in result.experts
    )
    return run


def measured(run: MatchRun, expert_id: int) -> tuple[Any, Any, Any]:
    context = pipeline.current_context()
    query = prepare_queries([query_of(run.request)], context.encoders)[0]
    return query, active_engine().load([expert_id])[0], context


def test_the_page_adds_up_and_quotes_what_stands_in_the_record(scored: MatchRun) -> None:
    for card in cards_of(scored):
        row = card.candidate
        assert row.score == pytest.approx(sum(row.contributions.values()))
        why = why_of(scored, card)
        texts = [card.expert.bio, card.expert.headline]
        for title, text in Claim.objects.filter(expert=card.expert).values_list("title", "text"):
            texts += [title, text]
        shown = [e.text for signal in why.quotes for e, _words in signal.quotes]
        assert shown and all(any(quote in text for text in texts) for quote in shown)
        assert {q.label for q in why.quotes} == {"의미", "용어", "분류"}
        assert why.chance == row.explanation["chance"]


def test_words_named_beside_a_quote_stand_in_the_quote(scored: MatchRun) -> None:
    for row in scored.candidates.all():
        found = quotes(*measured(scored, row.expert_id))
        assert found["lexical"]
        for quote in found["lexical"]:
            assert all(word in quote.piece["text"].lower() for word in quote.words)


def test_what_lowers_a_score_is_what_scoring_says(scored: MatchRun, experts: list[Expert]) -> None:
    outsider = next(e for e in experts if "경로" in e.bio)
    query, document, context = measured(scored, outsider.pk)
    now = shown_score(float(pipeline.score(query, [document], context).fused[0]), context.scoring)
    effects = {one.code: one for one in what_ifs(query, document, context)}
    full = replace(document.pieces, verification=document.pieces.verification * 0 + 2)
    other = replace(document, pieces=full, version="")
    fused = float(pipeline.score(query, [other], context).fused[0])
    told = shown_score(fused, context.scoring)
    assert ("verified" in effects) == (told >= now + WORTH)
    assert "verified" not in effects or effects["verified"].score == pytest.approx(told)
    assert all(one.score >= now + WORTH for one in effects.values())
    gains = [one.score for one in what_ifs(query, document, context)]
    assert gains == sorted(gains, reverse=True)


def test_standing_and_versions(scored: MatchRun) -> None:
    first, last = cards_of(scored)[0], cards_of(scored)[-1]
    assert "1위" in why_of(scored, first).standing[0]
    assert any("바로 위인 4위" in text for text in why_of(scored, last).standing)
    assert dict(why_of(scored, last).versions)["프로필 판"] == "1"


def test_somebody_gone_from_the_index_keeps_the_stored_reasons(scored: MatchRun) -> None:
    card = cards_of(scored)[0]
    active_engine().delete([card.expert.pk])
    why = why_of(scored, card)
    assert not why.is_indexed and why.quotes == [] and why.standing


def test_below_the_last_names_the_signals_and_what_would_help(
    scored: MatchRun, experts: list[Expert]
) -> None:
    listed = set(scored.candidates.values_list("expert_id", flat=True))
    last = scored.candidates.get(rank=5)
    outsider = next(e for e in experts if e.pk not in listed and e.bio != last.expert.bio)
    answer = why_not(scored, outsider)
    assert answer.kind == "below"
    assert "5위" in answer.sentence
    short = [gap for gap in answer.gaps if gap.his < gap.last - 0.005]
    assert short and len(answer.shortfalls) == len(short)
    for gap, text in zip(short, answer.shortfalls, strict=True):
        his, last = re.findall(r"−?\d\.\d+", text)
        values = [float(number.replace("−", "-")) for number in (his, last)]
        assert values == pytest.approx([gap.his, gap.last], abs=0.005)
        assert values[0] < values[1]
    assert all(c.reaches == (c.score >= (last.score or 0)) for c in answer.changes)


@pytest.mark.parametrize(
    ("name", "korean", "english"),
    [
        ("dense", "의미 유사도가", "Closeness in meaning"),
        ("lexical", "요청에 쓰인 낱말이", "words"),
        ("tags", "요청한 분야와 겹치는", "fields"),
    ],
)
def test_what_fell_short_is_told_in_words(name: str, korean: str, english: str) -> None:
    gap = Gap("이름", 0.31, 0.75, name)
    assert gap.is_short and gap.sentence.startswith(korean) and "(0.31 < 0.75)" in gap.sentence
    with translation.override("en"):
        assert english in gap.sentence and "(0.31 < 0.75)" in gap.sentence
    assert "(−0.06 < 0.00)" in Gap("이름", -0.06, -0.001, name).sentence
    assert "(0.295 < 0.300)" in Gap("이름", 0.2951, 0.3002, name).sentence
    assert not Gap("이름", 0.7501, 0.75, name).is_short


def test_an_excluded_person_gets_the_rule_with_its_evidence(
    scored: MatchRun, experts: list[Expert]
) -> None:
    listed = set(scored.candidates.values_list("expert_id", flat=True))
    outsider = next(e for e in experts if e.pk not in listed)
    Expert.objects.filter(pk=outsider.pk).update(availability="paused")
    answer = why_not(scored, Expert.objects.get(pk=outsider.pk))
    assert answer.kind == "excluded" and answer.exclusions[0].rule == "availability"
    assert answer.sentence == answer.exclusions[0].sentence


def test_who_does_not_meet_the_conditions_of_the_search_is_told_so(
    scored: MatchRun, experts: list[Expert]
) -> None:
    scored.parameters = {**scored.parameters, "origin": "overseas"}
    listed = set(scored.candidates.values_list("expert_id", flat=True))
    outsider = next(e for e in experts if e.origin == "domestic" and e.pk not in listed)
    answer = why_not(scored, outsider)
    assert (answer.kind, "국내·해외" in answer.sentence) == ("filtered", True)


def test_a_long_list_of_names_says_how_many_more_there_are() -> None:
    for _n in range(FOUND_BY_NAME + 3):
        ExpertFactory(name_ko="김같은", bare=True)
    found = experts_by_name(UserFactory(manager=True), "김같은")
    assert (len(found), found.more) == (FOUND_BY_NAME, 3)
    assert experts_by_name(UserFactory(manager=True), "없는이름").more == 0


def test_needs_are_told_in_the_readers_language(run: MatchRun) -> None:
    need = next(n for n in needs_of(run.request) if n.code == "T1-01")
    assert need_row(need).label == "자연어처리"
    with translation.override("en"):
        assert need_row(need).label == "Natural language processing"


def test_what_an_expert_reads_about_himself_holds_nothing_about_others() -> None:
    request = RequestFactory(decided=True)
    run = RunFactory(request=request, pool_size=7_413, eligible_size=6_529)
    mine = CandidateFactory(
        run=run, rank=8317, score=0.7319, contributions={"base": 0.1, "dense": 0.6319}
    )
    mine.explanation = {**mine.explanation, "place": 8317, "chance": 0.4177, "fused": 2.7182}
    mine.save()
    others = [
        CandidateFactory(run=run, rank=place, score=0.9613 - place / 1_000, chosen=place == 1)
        for place in range(1, 17)
    ]
    section = considered_panel(mine.expert, mine.expert.user)
    assert section is not None
    shown = render_to_string(*section)
    secrets = [
        "8317",
        "8,317",
        "0.73",
        "0.63",
        "41.77",
        "42 %",
        "2.71",
        "7,413",
        "7413",
        "6,529",
        "6529",
    ]
    for other in others:
        secrets += [other.expert.name_ko, other.expert.name_en, str(other.expert.public_id)]
        secrets += [other.mark_reason] if other.mark_reason else []
    assert [secret for secret in secrets if secret in shown] == []
    assert "소방차 진입 곤란" in shown
    assert considered_panel(mine.expert, others[0].expert.user) is None
