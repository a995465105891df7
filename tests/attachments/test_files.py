"""Uploads: what is taken, what is refused and why, who may have it."""

import io
import uuid
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from attachments import rights, selectors, services
from attachments.formats import FORMATS, Refused, clean_name
from attachments.models import Attachment
from attachments.selectors import file_items, files_of
from audit.models import AccessLog, Event
from common.errors import Conflict, NotPermitted
from tests.factories.accounts import OrganisationFactory, UserFactory, sign_in

pytestmark = pytest.mark.django_db


def archive(*names, text=b"x") -> bytes:
    """A ZIP container with entries of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        for name in names:
            container.writestr(name, text)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512
SAMPLES = {
    "hwp": OLE + "FileHeader".encode("utf-16-le") + b"\0" * 100,
    "hwpx": archive("mimetype", "Contents/section0.xml", "version.xml"),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\n1 0 obj",
    "docx": archive("[Content_Types].xml", "word/document.xml"),
    "xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "pptx": archive("[Content_Types].xml", "ppt/presentation.xml"),
    "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 20,
    "jpg": b"\xff\xd8\xff\xe0" + b"\0" * 20,
    "jpeg": b"\xff\xd8\xff\xe1" + b"\0" * 20,
    "zip": archive("자료/현황.csv", "readme.txt"),
    "csv": "구,건수\n마포구,12\n".encode("cp949"),
    "txt": "현황 자료".encode(),
}


def upload(name, content=None) -> SimpleUploadedFile:
    if content is None:
        content = SAMPLES[name.rpartition(".")[2]]
    return SimpleUploadedFile(name, content, content_type="application/x-lies")


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def place(monkeypatch):
    """An organisation whose files its people read and its officers change."""
    monkeypatch.setattr(rights, "_rights", {})
    rights.register(
        "accounts.Organisation",
        may_read=lambda user, owner: user.department_id == owner.pk,
        may_change=lambda user, owner: user.has_role("officer"),
    )
    return OrganisationFactory()


def stored(folder) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_there_is_a_sample_of_every_format():
    assert set(SAMPLES) == set(FORMATS)


@pytest.mark.parametrize("kind", FORMATS)
def test_files_that_are_what_they_say_are_taken(place, kind):
    row = services.attach(place, upload(f"현황 자료.{kind.upper()}", SAMPLES[kind]), UserFactory())
    assert row.media_type == FORMATS[kind].media_type
    assert row.name == f"현황 자료.{kind.upper()}" and len(row.sha256) == 64
    with row.file.open() as content:
        assert content.read() == SAMPLES[kind] and "현황" not in row.file.name


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "content",
    [OLE, b"MZ\x90\0" + b"\0" * 50, b"\0\1\2\3", archive("a/b")],
    ids=["ole", "program", "bytes", "zip"],
)
def test_files_that_are_something_else_are_refused(place, files, kind, content):
    if kind == "zip" and content.startswith(b"PK"):
        return  # that is one
    with pytest.raises(Refused) as error:
        services.attach(place, upload(f"x.{kind}", content), UserFactory())
    assert error.value.code == "mismatch"
    assert stored(files) == 0 and not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("run.exe", b"MZ", "format"),
        ("page.html", b"<html>", "format"),
        ("picture.svg", b"<svg>", "format"),
        ("noextension", b"abc", "format"),
        ("report.pdf.exe", b"%PDF-", "format"),
        ("empty.pdf", b"", "empty"),
        ("big.txt", b"a" * 2000, "size"),
        ("nest.zip", archive("inner.zip"), "nested"),
        ("nest.zip", archive("folder/inner.TAR.GZ"), "nested"),
        ("tool.zip", archive("setup.EXE"), "program"),
        ("bomb.zip", archive("a.txt", text=b"0" * 900_000), "bomb"),
        ("macro.docx", archive("[Content_Types].xml", "word/vbaProject.bin"), "macro"),
        ("cut.zip", archive("a.txt")[:40], "broken"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_each_refusal_names_its_reason(place, settings, name, content, code):
    settings.ATTACHMENT_MAX_BYTES = 1024
    with pytest.raises(Refused) as error:
        services.attach(place, upload(name, content), UserFactory())
    assert error.value.code == code and error.value.messages[0]


def test_a_locked_archive_is_refused(place):
    content = bytearray(archive("a.txt"))
    content[content.rfind(b"PK\x01\x02") + 8] |= 1  # the flag of the table of contents
    with pytest.raises(Refused) as error:
        services.attach(place, upload("x.zip", bytes(content)), UserFactory())
    assert error.value.code == "encrypted"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\문서\\계획.hwp", "계획.hwp"),
        ("invoice\u202efdp.txt", "invoicefdp.txt"),
        ("a\x00b\r\n.txt", "ab.txt"),
        ('x"y;z.txt', "x_y_z.txt"),
        (".txt", "파일.txt"),
        ("가" * 300 + ".pdf", "가" * 116 + ".pdf"),
        ("한글.txt", "한글.txt"),
    ],
)
def test_names_are_cleaned(given, kept):
    assert clean_name(given) == kept


def test_the_same_file_twice_is_stored_once(place, files):
    person = UserFactory()
    first = services.attach(place, upload("a.txt"), person)
    assert services.attach(place, upload("a.txt"), person) == first
    assert stored(files) == 1 and Event.objects.filter(type="attachments.attached").count() == 1


def test_there_is_a_most(place, settings):
    settings.ATTACHMENT_MAX_FILES = 1
    services.attach(place, upload("a.txt"), UserFactory())
    with pytest.raises(Conflict):
        services.attach(place, upload("b.txt"), UserFactory())


def test_a_failure_half_way_leaves_nothing_behind(place, files, monkeypatch):
    def fail(row, by):
        raise RuntimeError

    monkeypatch.setattr("attachments.events.attached", fail)
    with pytest.raises(RuntimeError):
        services.attach(place, upload("a.txt"), UserFactory())
    assert stored(files) == 0 and not Attachment.objects.exists()


def test_removing_takes_the_file_after_commit(place, files, django_capture_on_commit_callbacks):
    row = services.attach(place, upload("계획.txt"), UserFactory())
    with django_capture_on_commit_callbacks(execute=True):
        services.remove(row.pk, UserFactory())
        services.remove(row.pk, UserFactory())
        assert stored(files) == 1
    assert stored(files) == 0 and not files_of(place).exists()
    assert "계획.txt" in Event.objects.get(type="attachments.removed").sentence


class TestRights:
    @pytest.fixture
    def row(self, place):
        return services.attach(place, upload("계획서 1.pdf"), UserFactory())

    def get(self, client, user, row):
        sign_in(client, user)
        return client.get(reverse("attachments:download", args=[row.public_id]))

    def test_a_download_is_never_shown_inside_the_site(self, client, place, row):
        answer = self.get(client, UserFactory(department=place), row)
        assert b"".join(answer.streaming_content) == SAMPLES["pdf"]
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, no-store"

    def test_other_people_find_nothing(self, client, row):
        assert self.get(client, UserFactory(), row).status_code == 404
        client.logout()
        answer = client.get(reverse("attachments:download", args=[row.public_id]))
        assert answer.status_code == 302

    def test_files_of_apps_that_say_nothing_are_hidden(self, client, place, row, monkeypatch):
        monkeypatch.setattr(rights, "_rights", {})
        assert self.get(client, UserFactory(department=place), row).status_code == 404

    def test_a_lost_file_is_404(self, client, place, row, files):
        row.file.storage.delete(row.file.name)
        assert self.get(client, UserFactory(department=place), row).status_code == 404

    def test_removing_needs_the_right_to_change(self, client, place, row):
        reader = UserFactory(department=place)
        sign_in(client, reader)
        url = reverse("attachments:remove", args=[row.public_id])
        assert client.post(url).status_code == 403
        sign_in(client, UserFactory(department=place, officer=True))
        assert client.post(url, {"next": "https://evil.example/"}).url == "/"
        assert client.post(url).status_code == 404  # a second click
        assert not files_of(place).exists()

    def test_taking_a_persons_file_is_logged(self, client, place, row, monkeypatch):
        subject = UserFactory()
        rights.register(
            "accounts.organisation",
            may_read=lambda user, owner: True,
            subject=lambda owner: subject,
        )
        b"".join(self.get(client, UserFactory(), row).streaming_content)
        assert AccessLog.objects.get().subject_id == str(subject.pk)

    def test_the_api(self, client, place):
        sign_in(client, UserFactory(department=place, officer=True))
        facts = {"owner_type": "accounts.organisation", "owner_id": place.pk}
        answer = client.post("/api/v1/attachments/", {**facts, "file": upload("a.pdf")})
        assert answer.status_code == 201
        path = f"/api/v1/attachments/{answer.json()['id']}/"
        assert client.get(path).json()["name"] == "a.pdf"
        assert b"".join(client.get(path + "download/").streaming_content) == SAMPLES["pdf"]
        refused = client.post("/api/v1/attachments/", {**facts, "file": upload("a.pdf", b"MZ..")})
        assert refused.status_code == 400 and refused.headers["Content-Type"].startswith(
            "application/problem+json"
        )
        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404

    @pytest.mark.parametrize(
        ("owner", "pk"), [("accounts.user", 1), ("nothing", 1), ("accounts.organisation", 10**18)]
    )
    def test_unknown_owners_are_404(self, client, place, owner, pk):
        sign_in(client, UserFactory(officer=True))
        facts = {"owner_type": owner, "owner_id": pk, "file": upload("a.pdf")}
        assert client.post("/api/v1/attachments/", facts).status_code == 404

    def test_other_peoples_owners_are_404(self, client, place):
        sign_in(client, UserFactory(officer=True))
        facts = {"owner_type": "accounts.organisation", "owner_id": place.pk}
        answer = client.post("/api/v1/attachments/", {**facts, "file": upload("a.pdf")})
        assert answer.status_code == 404 and not files_of(place).exists()

    def test_unknown_ids_are_404(self, client):
        sign_in(client, UserFactory())
        key = uuid.uuid4()
        assert client.get(f"/files/{key}/").status_code == 404
        assert client.get(f"/api/v1/attachments/{key}/").status_code == 404


def test_the_right_is_asked_again_under_the_lock(monkeypatch):
    """Somebody closes the owner between the look and the act: nothing is added or removed."""
    owner, person = OrganisationFactory(), UserFactory()
    row = services.attach(owner, upload("a.txt"), person)
    monkeypatch.setattr(rights, "_rights", {})
    rights.register(
        "accounts.organisation",
        may_read=lambda user, place: True,
        may_change=lambda user, place: place.is_active,
    )
    seen = selectors.find(row.public_id, person, to_change=True)
    OrganisationFactory._meta.model.objects.filter(pk=owner.pk).update(is_active=False)
    with pytest.raises(NotPermitted):
        services.remove_as(seen, person)
    with pytest.raises(NotPermitted):
        services.attach_as(owner, upload("b.txt", b"b"), person)
    assert [file.name for file in files_of(owner)] == ["a.txt"]


def test_lists_for_pages(place):
    services.attach(place, upload("a.txt"), UserFactory())
    (item,) = file_items(place)
    assert item["name"] == "a.txt" and item["url"].startswith("/files/")


def test_content_of_any_kind_of_file_object_is_read_from_its_start(place):
    content = ContentFile(SAMPLES["pdf"], name="x.pdf")
    content.read(3)
    assert services.attach(place, content, UserFactory()).size == len(SAMPLES["pdf"])
