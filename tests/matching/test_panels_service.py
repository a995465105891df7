"""Committees on real rows: proposing, contradictions in words, adopting, what stays on record."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils import timezone

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting.models import Request
from experts.models import Expert
from matching import services
from matching.adapters import query_of
from matching.models import DeskField, MatchCandidate, MatchRun, Panel
from matching.selectors.panels import panel_view
from matching.services.panels import Asked
from tests.factories.accounts import UserFactory
from tests.matching.committee import experts, run, written_once

__all__ = ["experts", "run", "written_once"]

pytestmark = [pytest.mark.django_db, pytest.mark.encoder]
REASON = "세 축을 고르게 갖춘 구성입니다."


def propose(run: MatchRun, seats: int = 3, **facts: object) -> Panel:
    return services.propose_panel(run.request_id, run.requested_by, Asked(seats, **facts))


def test_a_committee_covers_all_axes_by_eligible_people_of_different_employers(
    run: MatchRun,
) -> None:
    barred = run.candidates.get(rank=1).expert
    Expert.objects.filter(pk=barred.pk).update(state="suspended")
    panel = propose(run, alternates=2)
    members = list(panel.members.filter(role="member"))
    assert len(members) == 3
    assert barred.pk not in panel.members.values_list("expert_id", flat=True)
    assert max(Counter(m.organisations[0] for m in members).values()) == 1
    covered = dict.fromkeys(("tech", "data", "domain"), 0.0)
    for need, value in zip(panel.needs, panel.outcome["coverage"], strict=True):
        covered[need["axis"]] = max(covered[need["axis"]], value)
    assert min(covered.values()) > 0.5
    event = Event.objects.get(type="match.panel_proposed")
    assert event.data["members"] == [m.expert_id for m in sorted(members, key=lambda m: m.place)]


def test_contradictions_are_told_in_words_and_store_nothing(
    run: MatchRun, experts: list[Expert]
) -> None:
    first, second = experts[0], experts[6]  # of one employer
    cases = [
        ({"mandatory": {first.pk}, "excluded": {first.pk}}, "excluded", first.name),
        ({"seats": 1, "mandatory": {first.pk, second.pk}}, "seats", "2명"),
        ({"mandatory": {first.pk, second.pk}}, "per_organisation", second.name),
        ({"seats": 7}, "per_organisation", "6자리"),
        ({"seats": 99}, "seats", "15"),
        ({"per_organisation": 0}, "per_organisation", "1"),
    ]
    for facts, field, words in cases:
        asked = {k: frozenset(v) if isinstance(v, set) else v for k, v in facts.items()}
        with pytest.raises(MissingFacts) as caught:
            propose(run, **asked)
        assert words in " ".join(caught.value.message_dict[field])
    assert not Panel.objects.exists()


def test_a_wish_that_cannot_be_met_is_told_with_its_reason(run: MatchRun) -> None:
    Expert.objects.update(origin="domestic")
    panel = propose(run, wishes=(("origin", "overseas", 1), ("origin", "domestic", 1)))
    view = panel_view(panel, run.request)
    assert [met for _label, met, _text in view.wishes] == [False, True]
    assert "0명뿐" in view.wishes[0][2]


def test_a_new_proposal_replaces_the_open_one(run: MatchRun) -> None:
    first, second = propose(run), propose(run, seats=4)
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "proposed")
    with pytest.raises(Conflict):
        services.adopt_panel(first.pk, run.requested_by, REASON)


def test_adopting_marks_the_people_with_the_reason(run: MatchRun) -> None:
    panel = propose(run, alternates=1)
    services.adopt_panel(panel.pk, run.requested_by, REASON)
    panel.refresh_from_db()
    assert (panel.state, panel.adopted_by, panel.reason) == ("adopted", run.requested_by, REASON)
    marks = Counter(run.candidates.values_list("mark", flat=True))
    assert (marks["chosen"], marks["alternate"]) == (3, 1)
    row = run.candidates.get(preference=1)
    assert row.mark_reason.startswith(REASON) and "더하는 것" in row.mark_reason
    assert Request.objects.get(pk=run.request_id).state == "shortlisted"
    assert Event.objects.get(type="match.panel_adopted").actor == run.requested_by


def test_one_ineligible_person_stops_the_adoption_whole(run: MatchRun) -> None:
    panel = propose(run, alternates=1)
    last = panel.members.get(role="alternate").expert
    Expert.objects.filter(pk=last.pk).update(state="suspended")
    with pytest.raises(Conflict) as caught:
        services.adopt_panel(panel.pk, run.requested_by, REASON)
    assert last.name in caught.value.message
    assert not run.candidates.exclude(mark="").exists()
    assert not run.candidates.filter(origin=MatchCandidate.Origin.ADDED).exists()
    panel.refresh_from_db()
    assert panel.state == "proposed"


def test_a_changed_request_makes_a_proposal_old(run: MatchRun) -> None:
    panel = propose(run)
    Request.objects.filter(pk=run.request_id).update(version=run.request.version + 1)
    with pytest.raises(Conflict):
        services.adopt_panel(panel.pk, run.requested_by, REASON)


def test_a_decision_needs_a_reason(run: MatchRun) -> None:
    panel = propose(run)
    with pytest.raises(MissingFacts):
        services.adopt_panel(panel.pk, run.requested_by, " ")


@pytest.mark.parametrize("role", ["officer", "auditor", "administrator", "reviewer"])
def test_only_the_desk_proposes_and_decides_on_fields(run: MatchRun, role: str) -> None:
    person = UserFactory(**{role: True})
    with pytest.raises(NotPermitted):
        services.propose_panel(run.request_id, person, Asked(3))
    with pytest.raises(NotPermitted):
        services.decide_field(run.request_id, "T1-01", "accepted", person)


def test_a_field_that_staff_take_up_is_wanted_and_the_form_stays(run: MatchRun) -> None:
    request = run.request
    before = request.version
    services.decide_field(request.pk, "T3-03", "accepted", run.requested_by)
    services.decide_field(request.pk, "T3-03", "accepted", run.requested_by)
    assert "T3-03" in {field.code for field in query_of(request).fields}
    assert not request.fields.filter(node__code="T3-03").exists()
    assert Request.objects.get(pk=request.pk).version == before
    services.decide_field(request.pk, "T3-03", "ignored", run.requested_by)
    assert "T3-03" not in {field.code for field in query_of(request).fields}
    assert DeskField.objects.get().at <= timezone.now()


def test_unknown_fields_and_decisions_are_refused(run: MatchRun) -> None:
    for code, state in (("T9-99", "accepted"), ("T1-01", "perhaps"), ("", "ignored")):
        with pytest.raises(MissingFacts):
            services.decide_field(run.request_id, code, state, run.requested_by)
    assert not DeskField.objects.exists()
