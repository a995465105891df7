"""The pages of accounts, notices and the record in a real browser, in two sizes."""

import pytest

from audit.services import record_access
from notifications.models import OutboxMessage
from notifications.services import notify
from tests.factories.accounts import (
    INVITATION_TOKEN,
    PASSWORD,
    DepartmentFactory,
    InvitationFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
NEW = "another-long-password"


@pytest.fixture
def world():
    """A few people and places with believable names."""
    city = OrganisationFactory(name_ko="디지털도시국", name_en="Digital City Bureau")
    place = DepartmentFactory(
        parent=city, name_ko="디지털정책과", name_en="Digital Policy Division"
    )
    district = OrganisationFactory(
        name_ko="마포구청", name_en="Mapo District Office", district=True
    )
    boss = UserFactory(administrator=True, name_ko="정관리", department=place)
    officer = UserFactory(officer=True, name_ko="박서준", department=place)
    UserFactory(manager=True, expert=True, name_ko="이하은", department=place)
    UserFactory(closed=True, name_ko="최은우", department=district)
    InvitationFactory(invited_by=boss, department=district, name_ko="한지우")
    notify(
        boss,
        "test",
        "요청 26-0142가 제출되었습니다.",
        "11월 27일까지 검토해 주십시오.",
        "/accounts/",
    )
    record_access(boss, officer)
    return {"boss": boss, "officer": officer, "place": place}


PUBLIC = {
    "login": "/accounts/login/",
    "signup": "/accounts/signup/",
    "reset": "/accounts/password/reset/",
    "invitation": f"/accounts/invitation/{INVITATION_TOKEN}/",
    "login-en": "/en/accounts/login/",
}
OWN = {
    "home": "/accounts/",
    "password": "/accounts/password/change/",
    "leave": "/accounts/leave/",
    "people": "/accounts/people/",
    "person": "/accounts/people/{officer}/",
    "grant": "/accounts/people/{officer}/grant/",
    "deactivate": "/accounts/people/{officer}/deactivate/",
    "invitations": "/accounts/invitations/",
    "invite": "/accounts/invitations/new/",
    "organisations": "/accounts/organisations/",
    "organisation": "/accounts/organisations/{place}/",
    "events": "/audit/",
    "accesses": "/audit/access/",
    "inbox": "/notifications/",
    "outbox": "/notifications/outbox/",
}


def look(pages, size, page, axe, fits, shot):
    """Open each page; it must be accessible, fit the screen and have one heading."""
    for name, path in pages.items():
        assert page.goto(path).status == 200, path
        assert page.locator("h1").count() == 1
        axe(page)
        fits(page)
        shot(page, f"accounts-{name}-{size}")


@pytest.mark.parametrize("width", [1280, 360])
def test_public_pages(world, open_page, axe, fits, shot, width):
    look(PUBLIC, width, open_page(width), axe, fits, shot)


@pytest.mark.parametrize("width", [1280, 360])
def test_pages_of_people_and_records(world, open_page, as_user, axe, fits, shot, width):
    page = open_page(width)
    as_user(page, world["boss"])
    ids = {"officer": world["officer"].pk, "place": world["place"].pk}
    look({n: path.format(**ids) for n, path in OWN.items()}, width, page, axe, fits, shot)


def test_a_wrong_password_is_said_and_focused(world, page, shot):
    page.goto("/accounts/login/")
    page.get_by_label("전자우편").fill(world["boss"].email)
    page.get_by_label("비밀번호", exact=False).first.fill("wrong-password")
    page.get_by_role("button", name="로그인").click()
    page.get_by_text("전자우편 주소나 비밀번호가 맞지 않습니다.").first.wait_for()
    shot(page, "accounts-login-error")


def test_an_expert_registers_without_scripts(open_page, settings, shot):
    settings.DEMO = True
    page = open_page(1280, scripts=False)
    page.goto("/accounts/signup/")
    page.get_by_label("전자우편").fill("expert@example.org")
    page.get_by_label("이름", exact=False).first.fill("이전문")
    boxes = page.get_by_role("checkbox")
    assert [boxes.nth(n).is_checked() for n in range(boxes.count())] == [False] * 3
    boxes.first.check(force=True)
    page.get_by_role("button", name="확인 메일 받기").click()
    page.get_by_role("link", name="시연용 메일함 열기").click()
    page.get_by_role("link", name="전자우편 주소를 확인해 주십시오").click()
    shot(page, "accounts-demo-mail")
    path = OutboxMessage.objects.get().body.split("/accounts/")[1].split()[0]
    page.goto(f"/accounts/{path}")
    for field in page.locator("input[type=password]").all():
        field.fill(NEW)
    page.get_by_role("button", name="가입 마치기").click()
    page.get_by_text("가입이 끝났습니다.", exact=False).first.wait_for()


def test_what_was_typed_survives_an_ended_session(world, page, as_user, trouble):
    as_user(page, world["boss"])
    page.goto("/accounts/invitations/new/")
    page.get_by_label("전자우편").fill("kept@example.org")
    page.wait_for_function("() => Object.keys(localStorage).length > 0")
    page.context.clear_cookies(name="bridge_session")
    page.get_by_role("button", name="초대 보내기").click()
    page.get_by_label("전자우편").fill(world["boss"].email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    page.wait_for_url("**/accounts/invitations/new/")
    assert page.get_by_label("전자우편").input_value() == "kept@example.org"


def test_two_clicks_invite_once(world, page, as_user):
    as_user(page, world["boss"])
    page.goto("/accounts/invitations/new/")
    page.get_by_label("전자우편").fill("once@example.org")
    page.locator("select[name=role]").select_option("officer")
    page.locator("select[name=department]").select_option(str(world["place"].pk))
    page.get_by_role("button", name="초대 보내기").dblclick()
    page.get_by_text("초대를 보냈습니다.").wait_for()
    assert OutboxMessage.objects.filter(to="once@example.org").count() == 1
