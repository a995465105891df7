"""Taxonomy file, changes and signals, consents, upkeep."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from accounts.services import give_consent
from audit.models import Event
from common.errors import NotPermitted
from experts import services
from experts.changes import announce, touch
from experts.models import Expert, ExpertPool, TaxonomyNode
from experts.selectors import taxonomy
from experts.services import upkeep
from experts.services.consents import follow_consent
from experts.services.taxonomy import RESOURCE, TaxonomyFileError, load_taxonomy, read_rows
from experts.signals import experts_changed
from tests.factories.accounts import UserFactory
from tests.factories.experts import ClaimFactory, ExpertFactory

pytestmark = pytest.mark.django_db
HEAD = "code,parent,axis,ko,en,aliases,valid_from,valid_to,replaced_by"


@pytest.fixture
def heard():
    ids: list[list[int]] = []

    def listen(expert_ids, **_):
        ids.append(expert_ids)

    experts_changed.connect(listen)
    yield ids
    experts_changed.disconnect(listen)


class TestTaxonomy:
    def test_is_there_after_migrate(self):
        leaves = TaxonomyNode.objects.filter(parent__isnull=False)
        assert leaves.filter(axis="tech").count() >= 38
        assert leaves.filter(axis="data").count() >= 18
        assert leaves.filter(axis="domain").count() >= 18
        assert ExpertPool.objects.filter(code="bridge").exists()

    def test_loading_again_changes_nothing(self):
        report = load_taxonomy()
        assert report.total == 0 and not Event.objects.exists()

    @pytest.mark.parametrize(
        ("lines", "word"),
        [
            (["X1,,tech,가,A,,2026-01-01,,", "X1,,tech,나,B,,2026-01-01,,"], "3행"),
            (["X1,,moon,가,A,,2026-01-01,,"], "moon"),
            (["X1,,tech,,A,,2026-01-01,,"], "2행"),
            (["X1,,tech,가,A,,yesterday,,"], "yesterday"),
            (["X1,,tech,가,A,,2026-01-01,2025-01-01,"], "2행"),
            (["X1-1,X1,tech,가,A,,2026-01-01,,"], "X1"),
            (["X1,,tech,가,A,,2026-01-01,,X9"], "X9"),
        ],
    )
    def test_bad_lines_are_named(self, lines, word):
        with pytest.raises(TaxonomyFileError, match=word):
            read_rows([HEAD, *lines])

    def test_missing_columns_are_named(self):
        with pytest.raises(TaxonomyFileError, match="aliases"):
            read_rows(["code,parent,axis,ko,en"])

    def test_codes_are_closed_not_deleted(self, tmp_path):
        file = tmp_path / "taxonomy.csv"
        text = RESOURCE.read_text(encoding="utf-8-sig")
        file.write_text("\n".join(x for x in text.splitlines() if not x.startswith("T1-06")))
        with pytest.raises(CommandError, match="T1-06"):
            call_command("load_taxonomy", file)
        assert TaxonomyNode.objects.filter(code="T1-06").exists()

    def test_a_replaced_code_leads_on(self, tmp_path, capsys):
        expert = ExpertFactory(fields=["T1-06"])
        file = tmp_path / "taxonomy.csv"
        lines = RESOURCE.read_text(encoding="utf-8-sig").splitlines()
        old = next(x for x in lines if x.startswith("T1-06"))
        file.write_text("\n".join([*lines, ""]).replace(old, old[:-2] + ",2026-01-02,T1-02"))
        call_command("load_taxonomy", file)
        assert "changed 1" in capsys.readouterr().out
        assert [n.code for n in taxonomy.resolve("기계번역")] == ["T1-02"]
        assert "T1-06" not in {n.code for n in taxonomy.in_force()}
        assert Event.objects.get(type="taxonomy.loaded").sentence
        assert Expert.objects.get(pk=expert.pk).version == expert.version + 1

    @pytest.mark.parametrize(
        ("label", "codes"),
        [
            ("NLP", ["T1-01"]),
            ("nlp ", ["T1-01"]),
            ("자연어처리", ["T1-01"]),
            ("Natural  Language Processing", ["T1-01"]),
            ("t1-01", ["T1-01"]),
            ("없는 말", []),
            ("", []),
        ],
    )
    def test_labels_are_found_by_any_name(self, label, codes):
        assert [node.code for node in taxonomy.resolve(label)] == codes


class TestChanges:
    def test_one_signal_per_transaction(self, heard, django_capture_on_commit_callbacks):
        first, second = ExpertFactory(), ExpertFactory()
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            touch([first.pk])
            with transaction.atomic():
                touch([second.pk, first.pk])
            announce([second.pk])
        assert heard == [sorted([first.pk, second.pk])]

    def test_nothing_is_told_of_what_was_rolled_back(
        self, heard, django_capture_on_commit_callbacks
    ):
        expert = ExpertFactory()
        with (
            django_capture_on_commit_callbacks(execute=True),
            transaction.atomic(),
            pytest.raises(NotPermitted),
            transaction.atomic(),
        ):
            touch([expert.pk])
            raise NotPermitted
        assert heard == []

    @pytest.mark.parametrize(
        "edit",
        [
            lambda e: services.change_basic(e.pk, e.user, {"headline": "새 소개"}),
            lambda e: services.change_fields(e.pk, e.user, {"tech": ["T3-01"]}),
            lambda e: services.change_availability(e.pk, e.user, {"monthly_cap": 1}),
            lambda e: services.change_sections(e.pk, e.user, ["bio"]),
            lambda e: services.declare_relation(
                e.pk, e.user, {"kind": "other", "organisation_name": "다온기술"}
            ),
            lambda e: services.remove_claim(e.claims.get().pk, e.user),
        ],
    )
    def test_every_edit_is_told(self, edit, heard, django_capture_on_commit_callbacks):
        expert = ExpertFactory()
        with django_capture_on_commit_callbacks(execute=True):
            edit(expert)
        assert heard == [[expert.pk]]
        assert Expert.objects.get(pk=expert.pk).version > expert.version
        assert Event.objects.count() == 1 and Event.objects.get().sentence

    @pytest.mark.parametrize("person", ["officer", "reviewer", "administrator", "expert"])
    def test_nobody_edits_for_another(self, person):
        expert = ExpertFactory()
        with pytest.raises(NotPermitted):
            services.change_basic(expert.pk, UserFactory(**{person: True}), {"headline": "x"})


class TestRegister:
    def test_only_experts(self):
        with pytest.raises(NotPermitted):
            services.register(UserFactory(officer=True))

    def test_staff_become_in_house_experts(self):
        assert services.register(UserFactory(expert=True, manager=True)).is_in_house

    def test_consents_of_the_account_hold(self):
        other = ExpertFactory()
        person = UserFactory(expert=True)
        document = other.user.consents.get(document__kind="department_sharing").document
        give_consent(person.pk, document.pk)
        expert = services.register(person)
        assert expert.shares_with_departments and not expert.is_public


class TestConsents:
    def test_following_twice_changes_once(self):
        expert = ExpertFactory()
        for _ in range(2):
            follow_consent(expert.user_id, "public_profile", False)
        changed = Expert.objects.get(pk=expert.pk)
        assert not changed.is_public and changed.version == expert.version + 1

    def test_unknown_people_and_kinds(self):
        follow_consent(0, "public_profile", True)
        follow_consent(ExpertFactory().user_id, "nonsense", True)

    def test_withdrawn_profiles_stay_hidden(self):
        expert = ExpertFactory(withdrawn=True)
        follow_consent(expert.user_id, "public_profile", True)
        assert not Expert.objects.get(pk=expert.pk).is_public

    def test_without_collection_no_profile(self):
        expert = ExpertFactory()
        follow_consent(expert.user_id, "collection", False)
        assert Expert.objects.get(pk=expert.pk).state == "withdrawn"

    def test_the_sweep_finds_what_was_missed(self):
        expert = ExpertFactory()
        Expert.objects.filter(pk=expert.pk).update(shares_with_departments=False)
        assert upkeep.follow_all_consents() == 1
        assert upkeep.follow_all_consents() == 0
        assert Expert.objects.get(pk=expert.pk).shares_with_departments


def test_closed_accounts_are_not_recommended(django_capture_on_commit_callbacks):
    from accounts.services import deactivate

    expert = ExpertFactory()
    admin = UserFactory(administrator=True)
    with django_capture_on_commit_callbacks(execute=True):
        deactivate(expert.user_id, by=admin, reason="퇴직")
    assert not Expert.objects.recommendable().exists()


def test_outdated_verifications_are_announced(heard, django_capture_on_commit_callbacks):
    day = timezone.localdate() - timedelta(days=1)
    claim = ClaimFactory(verified=True, verified_until=day)
    ClaimFactory(verified=True)
    with django_capture_on_commit_callbacks(execute=True):
        assert upkeep.announce_outdated() == 1
    assert heard == [[claim.expert_id]]
