"""Models with declared languages and prompts: what may be said, and what it changes."""

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from sentence_transformers import SentenceTransformer

from matching.background import LANGUAGES
from matching.checks import check_encoders
from matching.encoders import (
    Declared,
    Encoder,
    active_encoders,
    bundled,
    configured_names,
    encoder_set_fingerprint,
    encoders_in_use,
    encoders_named,
)
from matching.encoders.declared import LANGUAGES as KNOWN
from matching.indexing import index_experts, rebuild_index
from matching.models import Embedding, EncoderSet, ExpertIndexVectors
from matching.pipeline import current_context
from matching.services import encoder_sets
from matching.signals.dense import shares
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ClaimFactory, ExpertFactory


@pytest.fixture
def folder() -> str:
    """A real model in a folder: the English one that comes with the installation."""
    bundled.english(1)
    return str(next(bundled._data_folder().glob("minilm-*/")))


def only(entry: Any) -> Encoder:
    (encoder,) = encoders_named((Declared.of(entry).text,))
    return encoder


# -- what may be said -----------------------------------------------------------------------------
def test_the_languages_are_those_of_the_whole_product() -> None:
    assert KNOWN == LANGUAGES


@pytest.mark.parametrize(
    "entry",
    [
        {"model": "/m/one"},
        {"model": " /m/one ", "languages": ["en", "ko"]},
        {"model": "/m/one", "languages": ["ko", "en", "ko"]},
    ],
)
def test_saying_what_holds_anyway_is_the_name_alone(entry: dict[str, Any]) -> None:
    declared = Declared.of(entry)
    assert (declared.text, declared.name, declared.options) == ("/m/one", "/m/one", {})


def test_a_declaration_is_one_text_however_it_is_written() -> None:
    first = Declared.of({"model": "/m", "languages": ["ko"], "query": "찾기, 질문: \n"})
    second = Declared.of({"query": "찾기, 질문: \n", "languages": ("ko", "ko"), "model": "/m"})
    assert first == second == Declared.of(first.text)
    assert first.name.startswith("/m#") and len(first.name) == len("/m#") + 8
    other = Declared.of({"model": "/m", "languages": ["ko"], "query": ""})
    assert other.name != first.name and other.query == ""


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([], "it must be a list that names at least one model."),
        ("bundled", "it must be a list that names at least one model."),
        (["bundled", 7], "7 is neither a name nor a table with the key 'model'."),
        (["bundled", {"languages": ["ko"]}], "names no model."),
        ([" "], "names no model."),
        (["bundled", {"model": "/m", "lang": "ko"}], "'/m': unknown key lang; known are model,"),
        (["bundled", {"model": "/m", "languages": []}], "languages must be a list of at least one"),
        (["bundled", {"model": "/m", "languages": "ko"}], "languages must be a list of at least"),
        (["bundled", {"model": "/m", "languages": ["ko", "kr"]}], "the language 'kr' is unknown"),
        (["bundled", {"model": "/m", "languages": [["ko"]]}], "the language ['ko'] is unknown"),
        (["bundled", {"model": "/m", "query": 1}], "'/m': query must be a text."),
        ([{"model": "bundled", "languages": ["ko"]}], "'bundled' knows its own languages"),
        (["bundled", "bundled"], "'bundled' stands in it twice."),
        ([{"model": "/m", "languages": ["ko"]}], "it is declared without en."),
        ([{"model": "/m", "languages": ["en"]}, "bundled"], "it is declared without ko."),
        (["/" + "m" * 100], "a name or path of at most 91 characters"),
    ],
)
def test_a_wrong_entry_is_an_error_that_names_it(settings, entries, sentence) -> None:
    settings.MATCHING_ENCODERS = entries
    (error,) = check_encoders()
    assert error.id == "matching.E005"
    assert error.msg.startswith("MATCHING_ENCODERS: ") and sentence in error.msg
    with pytest.raises(ImproperlyConfigured, match="MATCHING_ENCODERS"):
        configured_names()


@pytest.mark.parametrize(
    "entries",
    [
        ["bundled"],
        ["/models/one", "org/name"],
        ["bundled", {"model": "/m", "languages": ["ko"], "query": "q: ", "passage": ""}],
        [{"model": "/m", "query": "q: "}, {"model": "/m", "query": "Q: "}],
    ],
)
def test_right_entries_pass(settings, entries) -> None:
    settings.MATCHING_ENCODERS = entries
    assert check_encoders() == []
    assert len(configured_names()) == len(entries)


# -- what it changes ------------------------------------------------------------------------------
@pytest.mark.encoder
def test_declared_prompts_stand_before_every_text(folder) -> None:
    plain, declared = only(folder), only({"model": folder, "query": "찾기, q: ", "passage": "p: "})
    texts = ["flood forecasting", "침수 예측"]
    for encode, prompt in (("encode_queries", "찾기, q: "), ("encode_passages", "p: ")):
        found = getattr(declared, encode)(texts)
        by_hand = getattr(plain, encode)([prompt + text for text in texts])
        assert np.allclose(found, by_hand, atol=1e-5)
        assert not np.allclose(found, getattr(plain, encode)(texts), atol=1e-2)
    assert declared.fingerprint != plain.fingerprint and declared.name != plain.name


@pytest.mark.encoder
def test_languages_change_the_use_of_a_model_and_not_its_vectors(folder) -> None:
    plain, korean = only(folder), only({"model": folder, "languages": ["ko"]})
    assert korean.languages == {"ko"} and plain.languages == set(LANGUAGES)
    assert korean.fingerprint == plain.fingerprint  # vectors that are known need not be made anew
    assert korean.name != plain.name  # but vectors of the index and statistics are its own
    assert encoder_set_fingerprint((korean,)) != encoder_set_fingerprint((plain,))


@pytest.mark.encoder
def test_prompts_that_a_model_brings_are_used_under_either_name(folder, tmp_path) -> None:
    own = tmp_path / "own"
    shutil.copytree(folder, own)
    prompts = {"query": "query: ", "passage": "passage: "}
    (own / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    plain, with_own = only(folder), only(str(own))
    expected = plain.encode_passages(["passage: flood forecasting"])
    assert np.allclose(with_own.encode_passages(["flood forecasting"]), expected, atol=1e-5)
    library = SentenceTransformer(str(own), local_files_only=True)
    assert library.prompts["document"] == ""  # else the encoder need not care any more
    silent = only({"model": str(own), "passage": ""})
    expected = plain.encode_passages(["flood forecasting"])
    assert np.allclose(silent.encode_passages(["flood forecasting"]), expected, atol=1e-5)


@pytest.mark.encoder
def test_a_specialist_counts_where_it_knows_both_languages(settings, folder) -> None:
    settings.MATCHING_ENCODERS = ["bundled", {"model": folder, "languages": ["ko"]}]
    encoders, scoring = active_encoders(), current_scoring()
    assert [e.name.partition("#")[0] for e in encoders] == ["e5-small", "minilm", folder]
    share = scoring.specialist_share
    assert np.allclose(shares("ko", "ko", encoders, scoring), [1 - share, 0, share])
    assert np.allclose(shares("en", "en", encoders, scoring), [1 - share, share, 0])
    assert np.allclose(shares("ko", "en", encoders, scoring), [1, 0, 0])


def current_scoring() -> Any:
    from matching.conf import Scoring

    return Scoring()


def searchable() -> dict[str, dict[int, bool]]:
    found: dict[str, dict[int, bool]] = {}
    for name, pk, flag in ExpertIndexVectors.objects.values_list(
        "encoder", "expert_id", "searchable"
    ):
        found.setdefault(name, {})[pk] = flag
    return found


@pytest.mark.django_db
@pytest.mark.encoder
def test_index_and_statistics_follow_the_languages(settings, folder) -> None:
    titles = ["침수 예측", "민원 분류", "Bus demand", "Chatbots for visitors"]
    experts = [ExpertFactory(bio="", headline="") for _ in titles]
    for expert, title in zip(experts, titles, strict=True):
        ClaimFactory(expert=expert, title=title, text="", verified=True)
    people = [expert.pk for expert in experts]
    RequestFactory(accepted=True)
    encoder_sets.keep_in_step()
    rebuild_index()
    settings.MATCHING_ENCODERS = ["bundled", {"model": folder, "languages": ["ko"]}]
    name = Declared.of(settings.MATCHING_ENCODERS[1]).name
    call_command("encoders", "--now")
    assert encoder_sets.in_work() is None
    assert searchable()[name] == dict(zip(people, [True, True, False, False], strict=True))
    arrays = current_context().background.arrays
    assert f"mean/{name}/passage/ko" in arrays and f"mean/{name}/passage/en" not in arrays
    made = Embedding.objects.count()

    settings.MATCHING_ENCODERS = ["bundled", {"model": folder, "languages": ["en"]}]
    assert encoder_sets.keep_in_step() is True  # another declaration is another set
    assert name in {encoder.name for encoder in encoders_in_use()}
    while encoder_sets.work():
        pass
    other = Declared.of(settings.MATCHING_ENCODERS[1]).name
    assert searchable()[other] == dict(zip(people, [False, False, True, True], strict=True))
    assert name not in searchable()
    current_context().background.check(encoders_in_use())
    assert Embedding.objects.count() > made  # the English texts are new to the model
    assert EncoderSet.objects.get(state="active").names[0] == "bundled"
    assert index_experts(people) == 0


@pytest.mark.django_db
@pytest.mark.encoder
def test_the_command_tells_languages_and_prompts(settings, folder) -> None:
    entry = {"model": folder, "languages": ["ko"], "query": "찾기: "}
    settings.MATCHING_ENCODERS = ["bundled", entry]
    out = StringIO()
    call_command("encoders", stdout=out)
    assert out.getvalue().splitlines()[:3] == [
        "e5-small: languages ko, en",
        "minilm: languages en",
        f"{Declared.of(entry).name}: languages ko; query '찾기: '",
    ]


def test_a_folder_needs_no_declaration() -> None:
    assert Declared.of(str(Path("/models/one"))).languages == LANGUAGES
