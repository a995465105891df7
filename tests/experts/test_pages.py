"""The pages: what they show, to whom, and that nothing typed is lost."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from audit.models import AccessLog
from experts.models import Expert, Verification
from tests.factories.accounts import UserFactory, sign_in
from tests.factories.experts import ClaimFactory, ExpertFactory, RelationFactory

pytestmark = pytest.mark.django_db
LONG = "가" * 100_000


def text_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def expert():
    expert = ExpertFactory(name_ko="홍길동", name_en="Hong Gildong")
    ClaimFactory(expert=expert, title="침수 예측 과제", verified=True)
    ClaimFactory(expert=expert, education=True, title="나루대학교")
    return expert


@pytest.fixture
def mine(client, expert):
    sign_in(client, expert.user)
    return client


@pytest.fixture
def reviewer(client):
    person = UserFactory(reviewer=True)
    sign_in(client, person)
    return person


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    "route",
    [
        "directory", "taxonomy", "register", "me", "me_basic", "me_fields", "me_claims",
        "me_availability", "me_visibility", "me_relations", "me_submit", "me_withdraw",
    ],
)  # fmt: skip
def test_own_pages_render(mine, expert, route, language):
    RelationFactory(expert=expert)
    with translation.override(language):
        response = mine.get(reverse(f"experts:{route}"), follow=True)
    assert response.status_code == 200
    assert f'lang="{language}"' in text_of(response)


@pytest.mark.parametrize("state", Expert.State.values)
def test_my_profile_in_every_state(client, state):
    expert = ExpertFactory(**{state: True})
    sign_in(client, expert.user)
    assert client.get(reverse("experts:me")).status_code == 200
    assert client.get(reverse("experts:me_submit")).status_code == 200


class TestDirectory:
    def test_search_marks_why(self, client, expert):
        page = text_of(client.get(reverse("experts:directory"), {"q": "침수"}))
        assert "<mark>침수</mark>" in page and "홍길동" in page
        assert "1명" in page

    def test_empty(self, client, expert):
        page = text_of(client.get(reverse("experts:directory"), {"q": "없는말", "tech": "T4"}))
        assert "조건에 맞는 전문가가 없습니다." in page
        assert 'value="없는말"' in page and "T4" in page

    @pytest.mark.parametrize(
        "q", ["", "가", LONG[:3000], "🚒", "<script>", "a b c d e f g h i j", "\x00"]
    )
    def test_odd_queries(self, client, expert, q):
        assert client.get(reverse("experts:directory"), {"q": q}).status_code == 200

    @pytest.mark.parametrize("name", ["tech", "data", "domain", "region", "language", "sort"])
    @pytest.mark.parametrize("value", ["", "\x00", "T4\x00", "가" * 3000, "🚒", "9" * 30])
    def test_odd_facets(self, client, expert, name, value):
        assert client.get(reverse("experts:directory"), {name: value}).status_code == 200
        assert client.get("/api/v1/experts/facets/", {name: value}).status_code == 200

    @pytest.mark.parametrize("page", ["0", "-1", "x", "99999"])
    def test_odd_pages(self, client, expert, page):
        assert client.get(reverse("experts:directory"), {"page": page}).status_code == 200

    def test_queries_do_not_grow(self, client, django_assert_max_num_queries):
        for _ in range(12):
            ClaimFactory(expert=ExpertFactory())
        with django_assert_max_num_queries(22):
            client.get(reverse("experts:directory"), {"q": "상담"})


class TestProfile:
    def test_public_shows_only_chosen_sections(self, client, expert):
        page = text_of(client.get(reverse("experts:profile", args=[expert.public_id])))
        assert "침수 예측 과제" in page and "확인됨" in page
        assert "나루대학교" not in page and expert.user.email not in page

    @pytest.mark.parametrize("trait", ["hidden", "shared", "draft", "suspended", "withdrawn"])
    def test_hidden_is_not_there(self, client, trait):
        other = ExpertFactory(**{trait: True})
        assert client.get(reverse("experts:profile", args=[other.public_id])).status_code == 404

    def test_department_sees_a_card(self, client):
        other = ExpertFactory(shared=True, bio="긴 소개 " * 30)
        ClaimFactory(expert=other, title="숨은 과제")
        sign_in(client, UserFactory(officer=True))
        page = text_of(client.get(reverse("experts:profile", args=[other.public_id])))
        assert "한빛대학교" in page and "숨은 과제" not in page and "긴 소개" not in page

    def test_staff_state_a_reason_and_are_logged(self, client, expert, reviewer):
        url = reverse("experts:record", args=[expert.public_id])
        asked = client.get(url)
        assert "나루대학교" not in text_of(asked) and not AccessLog.objects.exists()
        refused = client.post(url, {"purpose": "심심해서"})
        assert refused.status_code == 400
        opened = client.post(url, {"purpose": "자격 검토", "note": "재직 확인"}, follow=True)
        assert "나루대학교" in text_of(opened)
        log = AccessLog.objects.get()
        assert log.purpose == "자격 검토: 재직 확인" and log.subject_id == str(expert.pk)
        client.get(url)
        assert AccessLog.objects.count() == 2

    @pytest.mark.parametrize("role", ["officer", "expert", "editor"])
    def test_others_have_no_record_page(self, client, expert, role):
        sign_in(client, UserFactory(**{role: True}))
        assert client.get(reverse("experts:record", args=[expert.public_id])).status_code == 403


class TestMine:
    def test_register_makes_one_draft(self, client):
        person = UserFactory(expert=True, department=None)
        sign_in(client, person)
        assert client.get(reverse("experts:me")).status_code == 302
        for _ in range(2):
            client.post(reverse("experts:register"))
        assert Expert.objects.get(user=person).state == "draft"

    def test_basic_saves_and_goes_on(self, mine, expert):
        Expert.objects.filter(pk=expert.pk).update(state="draft")
        facts = {"name_ko": " 홍 길동 ", "bio": "소개\r\n글 \ue000", "origin": "domestic"}
        response = mine.post(reverse("experts:me_basic"), {**facts, "onward": "1"})
        assert response.url == reverse("experts:me_fields")
        expert.refresh_from_db()
        assert expert.name_ko == "홍 길동" and expert.bio == "소개\n글 •"

    def test_too_long_keeps_what_was_typed(self, mine, expert):
        facts = {"name_ko": "홍길동", "bio": LONG, "origin": "domestic"}
        response = mine.post(reverse("experts:me_basic"), facts)
        assert response.status_code == 400
        page = text_of(response)
        assert "10,000자까지" in page and LONG in page

    @pytest.mark.parametrize(
        "facts",
        [
            {"name_ko": "", "name_en": "", "origin": "domestic"},
            {"name_ko": "홍", "origin": "moon"},
            {"name_ko": "홍", "origin": "domestic", "orcid": "0000-0002-1825-0098"},
            {"name_ko": "홍", "origin": "domestic", "region": "atlantis"},
        ],
    )
    def test_wrong_basics(self, mine, facts):
        assert mine.post(reverse("experts:me_basic"), facts).status_code == 400

    def test_fields(self, mine, expert):
        facts = {
            "tech_1": "T3-01",
            "tech_2": "T2-05",
            "domain_1": "A1-01",
            "keywords": "침수, 침수; 비",
        }
        assert mine.post(reverse("experts:me_fields"), facts).status_code == 302
        stored = [(f.node.code, f.rank) for f in expert.fields.order_by("node__code")]
        assert stored == [("A1-01", 1), ("T2-05", 2), ("T3-01", 1)]
        expert.refresh_from_db()
        assert expert.keywords == ["침수", "비"]

    def test_the_same_field_twice(self, mine, expert):
        response = mine.post(reverse("experts:me_fields"), {"tech_1": "T3-01", "tech_3": "T3-01"})
        assert response.status_code == 400 and "두 번" in text_of(response)
        assert expert.fields.filter(node__code="T1-01").exists()

    def test_claims(self, mine, expert):
        url = reverse("experts:claim_add", args=["project"])
        facts = {"title": "새 과제", "starts_on": "2024-01-02", "amount": "1000"}
        assert mine.post(url, facts).status_code == 302
        claim = expert.claims.get(title="새 과제")
        assert claim.details == {"amount": "1000"}
        edit = reverse("experts:claim_edit", args=[claim.pk])
        assert 'value="2024-01-02"' in text_of(mine.get(edit))
        assert mine.post(edit, {**facts, "ends_on": "2023-01-01"}).status_code == 400
        assert mine.post(edit, {**facts, "ends_on": "not a date"}).status_code == 400
        remove = reverse("experts:claim_remove", args=[claim.pk])
        assert "새 과제" in text_of(mine.get(remove))
        mine.post(remove)
        assert mine.post(remove).status_code == 404

    def test_someone_elses_lines_are_not_there(self, mine):
        claim, relation = ClaimFactory(), RelationFactory()
        for route, pk in (("claim_edit", claim.pk), ("claim_remove", claim.pk)):
            assert mine.get(reverse(f"experts:{route}", args=[pk])).status_code == 404
        assert mine.post(reverse("experts:relation_end", args=[relation.pk])).status_code == 404
        assert mine.get(reverse("experts:claim_add", args=["nonsense"])).status_code == 404

    def test_availability(self, mine, expert):
        facts = {"availability": "paused", "monthly_cap": "2", "weekdays": ["1", "3"]}
        assert mine.post(reverse("experts:me_availability"), facts).status_code == 302
        expert.refresh_from_db()
        assert expert.weekdays == [1, 3] and expert.availability == "paused"
        facts["paused_until"] = "2001-01-01"
        assert mine.post(reverse("experts:me_availability"), facts).status_code == 400

    def test_sections_may_be_emptied(self, mine, expert):
        assert mine.post(reverse("experts:me_visibility"), {}).status_code == 302
        expert.refresh_from_db()
        assert expert.public_sections == []

    def test_consent_hides_and_shows(self, mine, expert, django_capture_on_commit_callbacks):
        url = reverse("experts:me_consent")
        with django_capture_on_commit_callbacks(execute=True):
            mine.post(url, {"withdraw": "public_profile"})
        expert.refresh_from_db()
        assert not expert.is_public
        page = text_of(mine.get(reverse("experts:me_visibility")))
        document = re.search(r'name="document" value="(\d+)"', page)[1]
        with django_capture_on_commit_callbacks(execute=True):
            mine.post(url, {"document": document})
        expert.refresh_from_db()
        assert expert.is_public
        assert mine.post(url, {"document": "999999"}).status_code == 404

    def test_relations(self, mine, expert):
        url = reverse("experts:me_relations")
        facts = {"kind": "adviser", "organisation_name": "다온기술", "starts_on": "2025-01-01"}
        for _ in range(2):
            assert mine.post(url, facts).status_code == 302
        relation = expert.relations.get()
        mine.post(reverse("experts:relation_end", args=[relation.pk]))
        relation.refresh_from_db()
        assert relation.ends_on
        assert mine.post(url, {"kind": "adviser"}).status_code == 400

    def test_submit_and_click_again(self, client):
        expert = ExpertFactory(draft=True)
        sign_in(client, expert.user)
        url = reverse("experts:me_submit")
        assert client.post(url).status_code == 302
        again = client.post(url)
        assert again.status_code == 409
        assert "제출됨" in text_of(again)

    def test_submit_with_gaps(self, client):
        expert = ExpertFactory(draft=True, bare=True)
        sign_in(client, expert.user)
        assert "신청에 필요" in text_of(client.get(reverse("experts:me_submit")))
        assert client.post(reverse("experts:me_submit")).status_code == 400

    def test_withdraw_and_start_again(self, mine, expert):
        mine.post(reverse("experts:me_withdraw"), {"reason": ""})
        expert.refresh_from_db()
        assert expert.state == "withdrawn"
        mine.post(reverse("experts:me_reopen"))
        expert.refresh_from_db()
        assert expert.state == "draft"

    def test_a_session_that_ended_leads_back(self, client):
        response = client.post(reverse("experts:me_basic"), {"bio": "쓰던 글"})
        assert response.status_code == 302 and "next=" in response.url


class TestReview:
    @pytest.mark.parametrize("box", ["waiting", "new_lines", "approved", "draft", "nonsense"])
    @pytest.mark.parametrize("language", ["ko", "en"])
    def test_queue(self, client, reviewer, expert, box, language):
        ExpertFactory(submitted=True, name_ko="김신청", name_en="Kim")
        with translation.override(language):
            response = client.get(reverse("experts:review_queue"), {"box": box, "q": ""})
        assert response.status_code == 200

    def test_what_waits_too_long_is_marked(self, client, reviewer):
        expert = ExpertFactory(submitted=True, name_ko="김신청")
        page = reverse("experts:review_queue")
        assert "기한 지남" not in client.get(page).content.decode()
        type(expert).objects.update(state_since=timezone.now() - timedelta(days=60))
        assert "기한 지남" in client.get(page).content.decode()

    def test_walk(self, client, reviewer):
        expert = ExpertFactory(submitted=True)
        first = expert.claims.get()
        type(first).objects.update(verification=Verification.DECLARED)
        second = ClaimFactory(expert=expert)
        page = reverse("experts:review", args=[expert.public_id])
        move = lambda name: reverse("experts:review_move", args=[expert.public_id, name])  # noqa: E731
        line = lambda pk: reverse("experts:review_line", args=[expert.public_id, pk])  # noqa: E731
        assert client.get(page).status_code == 200
        assert client.post(move("start_review")).status_code == 302
        assert client.post(move("start_review")).status_code == 409
        text = text_of(client.get(page))
        seen = re.findall(r'name="seen" value="([^"]+)"', text)[0]
        response = client.post(line(first.pk), {"decision": "verify", "seen": seen})
        assert response.url.endswith(f"#line-{second.pk}")
        again = client.post(line(first.pk), {"decision": "verify", "seen": seen})
        assert again.status_code == 409 and "바뀌었습니다" in text_of(again)
        assert client.post(line(second.pk), {"decision": "reject"}).status_code == 400
        assert client.post(line(second.pk), {"decision": "nonsense"}).status_code == 400
        client.post(line(second.pk), {"decision": "reject", "reason": "기간이 다릅니다."})
        assert client.get(move("approve")).status_code == 200
        assert client.post(move("approve"), {"expires_on": "2001-01-01"}).status_code == 400
        assert client.post(move("approve"), {}).status_code == 302
        expert.refresh_from_db()
        assert expert.state == "approved"
        assert Expert.objects.recommendable().filter(pk=expert.pk).exists()
        assert AccessLog.objects.filter(subject_id=str(expert.pk)).exists()

    def test_approval_without_a_verified_line_warns(self, client, reviewer):
        expert = ExpertFactory(in_review=True, unverified=True)
        url = reverse("experts:review_move", args=[expert.public_id, "approve"])
        assert "추천 대상에는 들어가지 않습니다" in text_of(client.get(url))

    def test_ask_changes_needs_words(self, client, reviewer):
        expert = ExpertFactory(in_review=True)
        url = reverse("experts:review_move", args=[expert.public_id, "ask_changes"])
        assert client.post(url, {"note": " "}).status_code == 400
        response = client.post(url, {"note": LONG})
        assert response.status_code == 400 and "5,000자까지" in text_of(response)
        assert client.post(url, {"note": "재직증명서"}).status_code == 302

    def test_unknown_moves_and_people(self, client, reviewer, expert):
        for name in ("submit", "expire", "nonsense"):
            url = reverse("experts:review_move", args=[expert.public_id, name])
            assert client.post(url).status_code == 404
        other = ClaimFactory()
        url = reverse("experts:review_line", args=[expert.public_id, other.pk])
        assert client.post(url, {"decision": "verify"}).status_code == 404

    @pytest.mark.parametrize("role", ["officer", "expert", "editor"])
    def test_others_may_not(self, client, expert, role):
        sign_in(client, UserFactory(**{role: True}))
        assert client.get(reverse("experts:review_queue")).status_code == 403

    def test_auditors_only_look(self, client):
        expert = ExpertFactory(submitted=True)
        sign_in(client, UserFactory(auditor=True))
        page = client.get(reverse("experts:review", args=[expert.public_id]))
        assert page.status_code == 200 and "검토 시작</button>" not in text_of(page)
        url = reverse("experts:review_move", args=[expert.public_id, "start_review"])
        assert client.post(url).status_code == 403


def test_taxonomy_file_reads_back(client):
    from experts.services.taxonomy import RESOURCE, read_rows

    text = text_of(client.get(reverse("experts:taxonomy_csv"))).lstrip("\ufeff")
    with RESOURCE.open(encoding="utf-8-sig", newline="") as lines:
        assert sorted(read_rows(text.splitlines()), key=str) == sorted(read_rows(lines), key=str)


def test_a_term_that_ends_shows_on_the_page(client):
    expert = ExpertFactory(expires_on=date(2027, 1, 2))
    sign_in(client, expert.user)
    assert "2027. 1. 2." in text_of(client.get(reverse("experts:me")))


def test_taxonomy_speaks_the_language_of_the_page(client):
    korean, english = (
        text_of(client.get(f"{prefix}{reverse('experts:taxonomy')}")) for prefix in ("", "/en")
    )
    assert 'lang="en">Natural language processing</td>' in korean
    assert 'lang="ko">자연어처리</td>' in english
    assert "Natural language processing</a>" in english


def test_affiliations_read_as_people_write_them():
    from experts.models import Claim
    from experts.templatetags.experts_tags import post

    assert post(Claim(title="한빛대학교", organisation="산업공학과", role="부교수")) == (
        "한빛대학교 산업공학과 부교수"
    )
    abroad = Claim(title="Tidewater Institute", organisation="Data Office", role="Fellow")
    assert post(abroad) == "Fellow, Data Office, Tidewater Institute"
    assert post(None) == ""
