"""A site's own synonyms: what a file may say, what it changes, and that the index follows it."""

import unicodedata
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from matching.adapters import query_of
from matching.analysis import ANALYSER_VERSION, analyser_version, tokens
from matching.background_builder import build_background
from matching.checks import check_synonyms
from matching.conf import Scoring
from matching.documents import token_id
from matching.engines.elasticsearch import layout
from matching.engines.packing import unpack_words
from matching.indexing import rebuild_index
from matching.models import ExpertIndex, IndexJob
from matching.needs import mentions
from matching.pipeline import current_context, rank
from matching.services import index_check
from matching.services.index_jobs import work_off_all
from matching.synonym_files import MAX_BYTES, MAX_PROBLEMS, read_site_file
from matching.synonyms import Synonyms, concepts_in, read_groups, taxonomy_groups
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ClaimFactory, ExpertFactory


@pytest.fixture
def listed(tmp_path: Path, settings):
    """Give the site a list; every call another file, as a process reads a file once."""

    def put(content: str | bytes) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        settings.MATCHING_SYNONYMS = str(path)
        return path

    return put


# -- the file -------------------------------------------------------------------------------------
def test_groups_comments_and_line_ends_are_read(listed) -> None:
    path = listed(
        "\ufeff# ours\r\n\r\n 관제센터 | Control  Room|\r씨샵|C#  # a language\n가나|나다"
    )
    found = read_site_file(path)
    assert [(line.number, line.forms) for line in found.lines] == [
        (3, ("관제센터", "control room")),
        (4, ("씨샵", "c#")),
        (5, ("가나", "나다")),
    ]
    assert not found.problems


def test_forms_are_compared_as_texts_are(listed) -> None:
    decomposed = unicodedata.normalize("NFD", "빗물받이")
    found = read_site_file(listed(f"{decomposed}\uff5cＳＴＯＲＭ\u200b drain"))
    assert found.lines[0].forms == ("빗물받이", "storm drain")


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        ("가로등|street lamp\n하나만\n", ["line 2: only '하나만'; a line needs at least two"]),
        ("|\n", ["line 1: no form; a line needs at least two"]),
        ("few shot|few-shot\n", ["line 1: only 'few shot'; a line needs"]),
        (
            "가로등|보안등\n# nothing\n보안 등|street lamp\n",
            ["line 3: '보안 등' stands in line 1 already; join the two lines."],
        ),
        ("가로등|" + "나" * 61, ["line 1: a form of 61 characters; at most 60"]),
        ("가로등|" + "나다|" * 500, ["line 1: 1,504 characters; a line may have 1,000."]),
        ("가로등|***", ["line 1: '***' has neither a letter nor a digit."]),
        ("물|water", ["line 1: '물' is one syllable"]),
        ("정보기술|IT", ["line 1: 'it' is a common English word"]),
        ("가로등|lamp\n관제|c\n".encode("cp949"), ["line 1: not UTF-8; save the file"]),
        ("가로등|lamp\n".encode() + "관제|control".encode("cp949"), ["line 2: not UTF-8"]),
        (b"a|b\n" * (MAX_BYTES // 4 + 1), ["larger than 1024 KiB."]),
        ("하나\n둘둘\n", ["line 1: only '하나'", "line 2: only '둘둘'"]),
    ],
)
def test_a_mistake_is_told_by_its_line_and_nothing_is_used(listed, content, sentences) -> None:
    path = listed(content)
    errors = check_synonyms()
    assert [error.id for error in errors] == ["matching.E004"] * len(sentences)
    for error, sentence in zip(errors, sentences, strict=True):
        assert error.msg.startswith(f"MATCHING_SYNONYMS: {path}")
        assert sentence in error.msg
    with pytest.raises(ImproperlyConfigured, match="MATCHING_SYNONYMS"):
        concepts_in("가로등")
    with pytest.raises(ImproperlyConfigured):
        analyser_version()


@pytest.mark.parametrize(("name", "reason"), [("none.txt", "there is no such file"), ("", "")])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, settings, name, reason) -> None:
    settings.MATCHING_SYNONYMS = str(tmp_path / name)
    (error,) = check_synonyms()
    assert str(tmp_path) in error.msg and reason in error.msg


def test_many_mistakes_are_summed_up(listed) -> None:
    listed("\n".join(f"단어{n}" for n in range(100)))
    errors = check_synonyms()
    assert len(errors) == MAX_PROBLEMS + 1
    assert errors[-1].msg.endswith("and 80 further mistakes.")


def test_without_a_list_nothing_is_wrong_and_the_version_is_the_codes_own(settings) -> None:
    assert settings.MATCHING_SYNONYMS == ""
    assert check_synonyms() == []
    assert analyser_version() == ANALYSER_VERSION


def test_a_list_of_comments_alone_changes_nothing(listed) -> None:
    before = tokens("침수 관제센터의 드론")
    listed("# later\n\n")
    assert check_synonyms() == [] and analyser_version() == ANALYSER_VERSION
    assert tokens("침수 관제센터의 드론") == before


# -- what it changes ------------------------------------------------------------------------------
def test_a_new_concept_is_named_by_its_first_form(listed) -> None:
    assert not set(concepts_in("두레샘 위치")) & set(concepts_in("community wells"))
    listed("두레샘|마을 우물|community well\n")
    assert "=두레샘" in concepts_in("두레샘을 고치는 곳")
    assert "=두레샘" in concepts_in("two community wells") and "=두레샘" in concepts_in("마을우물")


def test_a_line_with_a_known_form_joins_its_group(listed) -> None:
    known = concepts_in("디지털트윈")
    assert known and not concepts_in("가상쌍둥이")
    listed("가상쌍둥이|디지털트윈\n")
    assert concepts_in("가상쌍둥이") == known == concepts_in("디지털트윈")


def test_a_line_joins_two_groups_that_had_nothing_in_common(listed) -> None:
    assert not set(concepts_in("drift")) & set(concepts_in("retraining"))
    listed("드리프트|재학습|모델 노후\n")
    joined = {"=드리프트", "=재학습"}
    for text in ("drift", "retraining", "모델 노후", "성능 저하"):
        assert joined <= set(concepts_in(text)), text


def test_a_line_means_what_its_known_forms_have_in_common() -> None:
    shipped = Synonyms().concepts
    assert set(shipped["xai"]) != set(shipped["설명가능성"]) or len(shipped["xai"]) > 1
    common = set(shipped["xai"]) & set(shipped["explainability"])
    assert common
    with_site = Synonyms([("xai", "explainability", "이유말하기")]).concepts
    assert set(with_site["이유말하기"]) == common
    changed = {form for form, names in with_site.items() if shipped.get(form) != names}
    assert changed == {"이유말하기"}


def test_the_order_of_lines_and_comments_do_not_matter_but_the_words_do(listed) -> None:
    listed("두레샘|마을우물\n드리프트|재학습\n")
    version = analyser_version()
    assert version.startswith(f"{ANALYSER_VERSION}+") and len(version) <= 60
    found = sorted(tokens("두레샘 drift"))
    listed("# ours\n드리프트 | 재학습\n\n두레샘|마을우물  # wells\n")
    assert analyser_version() == version and sorted(tokens("두레샘 drift")) == found
    listed("두레샘|마을우물|우물터\n드리프트|재학습\n")
    assert analyser_version() != version


def test_shipped_lists_stand_whole_whatever_the_site_adds() -> None:
    with_site = Synonyms([("두레샘", "마을우물"), ("드리프트", "재학습")]).concepts
    for form, names in Synonyms().concepts.items():
        assert set(names) <= set(with_site[form]), form
    assert len(read_groups()) > 200 and len(taxonomy_groups()) > 50


def test_a_form_of_the_site_names_a_field_in_a_request(listed) -> None:
    assert "T4-03" not in mentions("멀티콥터로 촬영합니다")
    listed("드론|멀티콥터\n")
    assert "T4-03" in mentions("멀티콥터로 촬영합니다")


# -- what follows it ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_names_of_indices_and_the_versions_of_runs_follow_the_list(listed) -> None:
    before = layout.fingerprint(current_context())
    listed("두레샘|마을우물\n")
    assert layout.fingerprint(current_context()) != before


def words_of(expert_id: int) -> set[int]:
    return set(unpack_words(bytes(ExpertIndex.objects.get(pk=expert_id).words)).ids.tolist())


@pytest.fixture
def restorer(settings) -> int:
    """An expert on community wells in English, indexed without a list of the site."""
    settings.MATCHING_INDEX_WINDOW = 10_000_000
    index_check.cache.delete(index_check.POSITION)
    expert = ExpertFactory()
    ClaimFactory(expert=expert, title="Restoring community wells", text="", verified=True)
    other = ExpertFactory()
    ClaimFactory(expert=other, title="Chatbots for visitors", text="", verified=True)
    IndexJob.objects.all().delete()
    rebuild_index()
    return expert.pk


@pytest.mark.django_db
@pytest.mark.encoder
def test_documents_made_with_another_list_are_found_and_made_anew(listed, restorer, settings):
    concept = token_id("=두레샘")
    assert index_check.sweep() == 0 and concept not in words_of(restorer)
    assert index_check.made_with(ANALYSER_VERSION) == (2, 2)
    listed("두레샘|마을우물|community well\n")
    untouched = ExpertIndex.objects.exclude(pk=restorer).get()
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_index", stdout=out)
    assert "documents older than the expert or the synonyms: 2 (" in out.getvalue()
    assert index_check.sweep() == 2 and index_check.sweep() == 0  # they wait already
    work_off_all()
    assert concept in words_of(restorer)
    assert index_check.made_with(analyser_version()) == (2, 2)
    assert index_check.sweep() == 0
    # who does not name any form of the list keeps his document
    assert ExpertIndex.objects.get(pk=untouched.pk).sequence == untouched.sequence
    request = RequestFactory(title="두레샘 복원", situation="두레샘", problem="", ask="")
    result = rank(query_of(request), limit=2)
    assert result.versions["analyser"] == analyser_version()
    assert result.experts[0].expert_id == restorer
    settings.MATCHING_SYNONYMS = ""
    assert index_check.sweep() == 2  # and back
    work_off_all()
    assert concept not in words_of(restorer)


@pytest.mark.django_db
@pytest.mark.encoder
def test_a_rebuild_follows_the_list_at_once(listed, restorer) -> None:
    listed("두레샘|마을우물|community well\n")
    rebuild_index()
    assert token_id("=두레샘") in words_of(restorer)
    assert index_check.made_with(analyser_version()) == (2, 2)


@pytest.mark.django_db
def test_statistics_say_which_list_they_were_made_with(listed) -> None:
    assert "analyser" not in build_background([], [], (), Scoring()).facts
    listed("두레샘|마을우물\n")
    assert build_background([], [], (), Scoring()).facts["analyser"] == analyser_version()
    assert index_check.analyser_of_statistics() == ANALYSER_VERSION


# -- the command ----------------------------------------------------------------------------------
def said(*words: str) -> list[str]:
    out = StringIO()
    call_command("synonyms", *words, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db
def test_the_command_tries_the_list(listed) -> None:
    path = listed("# ours\n두레샘|community well|멀티콥터\n드론|무인 멀티콥터\n")
    ExpertIndex.objects.create(expert_id=1, version="v", language="ko", words=b"", pieces=b"")
    lines = said("두레샘와 드론", "아무것도 아님")
    assert lines[0] == f"{path}: no mistakes; lines: 2, forms: 5"
    assert lines[1] == "documents made with the present lists: 0 of 1"
    assert any("rebuild_index" in line for line in lines)
    assert any("rebuild_background --activate" in line for line in lines)
    assert "  두레샘 → =두레샘 (line 2)" in lines
    assert "  드론 → =드론 (synonyms.txt, taxonomy, line 3)" in lines
    assert lines[-1] == "'아무것도 아님': forms found: 0"


@pytest.mark.django_db
def test_the_command_without_a_list_says_so() -> None:
    lines = said("챗봇")
    assert lines[0] == "The site has no list of its own (MATCHING_SYNONYMS)."
    assert not any("rebuild_background" in line for line in lines)
    assert lines[-1].startswith("  챗봇 → =")


def test_another_file_is_tried_before_it_is_put_in_place(listed, tmp_path) -> None:
    listed("두레샘|마을우물\n")
    other = tmp_path / "new.txt"
    other.write_text("전동킥보드|킥라니\n", "utf-8")
    lines = said("킥라니", "--file", str(other))
    assert lines == [
        f"{other}: no mistakes; lines: 1, forms: 2",
        "'킥라니': forms found: 1",
        "  킥라니 → =전동킥보드 (line 1)",
    ]
    other.write_text("전동킥보드|킥라니\n킥라니\n", "utf-8")
    with pytest.raises(CommandError, match=r"new\.txt, line 2: only '킥라니'"):
        call_command("synonyms", "--file", str(other))
