"""Which files are taken and whether a file is what its name says.

Every format has a check of its own: the first bytes, and for containers (office files, HWPX,
ZIP) what stands inside. Nothing is unpacked or executed; only tables of contents are read.
"""

import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from attachments import conf

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
#: names inside an archive that are archives again
_NESTED = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".alz", ".egg", ".jar")
#: names that a person's computer would run
_PROGRAMS = (
    ".exe", ".dll", ".com", ".bat", ".cmd", ".scr", ".msi", ".ps1", ".vbs", ".js", ".jse", ".wsf",
    ".lnk", ".hta", ".sh", ".apk",
)  # fmt: skip

Check = Callable[[BinaryIO], None]


class Refused(ValidationError):  # noqa: N818 - named for what happens to the file
    """The file is not taken; ``code`` names the reason for programs and tests."""


def _refuse(code: str, text: str) -> Refused:
    return Refused(text, code=code)


def _not_what_it_says() -> Refused:
    text = _("파일의 내용이 확장자와 다릅니다. 원래 형식으로 다시 저장해 주십시오.")
    return _refuse("mismatch", text)


def _begins(*marks: bytes) -> Check:
    def check(file: BinaryIO) -> None:
        head = file.read(16)
        if not head.startswith(marks):
            raise _not_what_it_says()

    return check


def _pdf(file: BinaryIO) -> None:
    if b"%PDF-" not in file.read(1024):
        raise _not_what_it_says()


def _hwp(file: BinaryIO) -> None:
    """HWP 5 is an OLE container with a stream ``FileHeader``; its name stands in UTF-16."""
    head = file.read(8)
    file.seek(0)
    if head != _OLE or "FileHeader".encode("utf-16-le") not in file.read():
        raise _not_what_it_says()


def _text(file: BinaryIO) -> None:
    """Text has no NUL and reads as UTF-8 or as CP949, which Korean offices still write."""
    content = file.read()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content:
        raise _not_what_it_says()
    else:
        encodings = ["utf-8", "cp949"]
    if not any(_decodes(content, encoding) for encoding in encodings):
        raise _not_what_it_says()


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _members(file: BinaryIO) -> list[zipfile.ZipInfo]:
    """The table of contents of a ZIP container, checked for size and count."""
    if file.read(4) != _ZIP:
        raise _not_what_it_says()
    file.seek(0)
    try:
        members = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise _refuse("broken", _("파일이 깨져 있습니다. 다시 저장해 주십시오.")) from None
    size = file.seek(0, 2)
    unpacked = sum(member.file_size for member in members)
    if len(members) > conf.most_members() or unpacked > max(size, 1) * conf.largest_growth():
        raise _refuse("bomb", _("압축을 풀면 지나치게 커지는 파일은 받지 않습니다."))
    return members


def _holding(*needed: str) -> Check:
    """A container in which files of these names (or below these folders) stand."""

    def check(file: BinaryIO) -> None:
        names = [member.filename for member in _members(file)]
        if not all(any(name.startswith(need) for name in names) for need in needed):
            raise _not_what_it_says()
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            text = _("매크로가 든 문서는 받지 않습니다. 매크로 없이 저장해 주십시오.")
            raise _refuse("macro", text)

    return check


def _archive(file: BinaryIO) -> None:
    members = _members(file)
    names = [member.filename.lower() for member in members]
    if any(member.flag_bits & 0x1 for member in members):
        raise _refuse("encrypted", _("암호가 걸린 압축 파일은 받지 않습니다."))
    if any(name.endswith(_NESTED) for name in names):
        raise _refuse("nested", _("압축 파일 안에 또 압축 파일이 있습니다. 풀어서 올려 주십시오."))
    if any(name.endswith(_PROGRAMS) for name in names):
        raise _refuse("program", _("실행 파일이 든 압축 파일은 받지 않습니다."))


@dataclass(frozen=True)
class Format:
    """A format that is taken: media type and check of the content."""

    media_type: str
    check: Check


_OOXML = "application/vnd.openxmlformats-officedocument."
FORMATS: dict[str, Format] = {
    "hwp": Format("application/x-hwp", _hwp),
    "hwpx": Format("application/hwp+zip", _holding("mimetype", "Contents/")),
    "pdf": Format("application/pdf", _pdf),
    "docx": Format(_OOXML + "wordprocessingml.document", _holding("[Content_Types].xml", "word/")),
    "xlsx": Format(_OOXML + "spreadsheetml.sheet", _holding("[Content_Types].xml", "xl/")),
    "pptx": Format(_OOXML + "presentationml.presentation", _holding("[Content_Types].xml", "ppt/")),
    "png": Format("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": Format("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": Format("image/jpeg", _begins(b"\xff\xd8\xff")),
    "zip": Format("application/zip", _archive),
    "csv": Format("text/csv", _text),
    "txt": Format("text/plain", _text),
}


def clean_name(name: str) -> str:
    """A file name without folders, control and direction signs, at most 120 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    text = unicodedata.normalize("NFC", last)
    kept = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C")
    kept = "".join("_" if sign in '<>:"|?*;' else sign for sign in kept).strip(" ").rstrip(".")
    stem, dot, extension = kept.rpartition(".")
    if not dot:
        return kept[:120]
    short = stem.strip(" .")[: 120 - len(extension) - 1]
    return f"{short or _('파일')}.{extension}"


def format_of(name: str) -> Format:
    """The format that the name claims. Raises ``Refused`` for one that is not taken."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in FORMATS:
        text = _("받지 않는 형식입니다. 받는 형식: %(formats)s")
        raise _refuse("format", text % {"formats": ", ".join(FORMATS)})
    return FORMATS[extension]


def check(name: str, size: int, file: BinaryIO) -> Format:
    """The file's format. Raises ``Refused`` naming the reason; leaves the file at its start."""
    found = format_of(name)
    if size == 0:
        raise _refuse("empty", _("빈 파일입니다."))
    if size > conf.most_bytes():
        most = conf.most_bytes() // (1024 * 1024)
        text = _("파일이 너무 큽니다. %(most)sMB까지 올릴 수 있습니다.")
        raise _refuse("size", text % {"most": most})
    file.seek(0)
    try:
        found.check(file)
    finally:
        file.seek(0)
    return found
