"""The hand-written texts: complete, and nothing said twice."""

import re
from collections import Counter

import pytest

from demo.reading import affinities, document, library, places, table
from experts.services.taxonomy import RESOURCE

SENTENCE = re.compile(r"(?<=[.!?])\s+")


def leaves() -> set[str]:
    lines = RESOURCE.read_text(encoding="utf-8").splitlines()[1:]
    return {line.split(",")[0] for line in lines if line.split(",")[1]}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_leaf_has_passages(language: str) -> None:
    written = library(language)
    assert set(written) == leaves()
    fewest = {"ko": 8, "en": 4}[language]
    assert not [code for code, leaf in written.items() if len(leaf.bios) < fewest]


def test_no_sentence_is_written_twice() -> None:
    said = Counter(
        sentence
        for language in ("ko", "en")
        for leaf in library(language).values()
        for passage in (*leaf.bios, *leaf.evidence)
        for sentence in SENTENCE.split(passage.text)
        if len(sentence) >= 15
    )
    assert not [sentence for sentence, count in said.items() if count > 1]


def test_affinities_name_every_leaf_and_only_leaves() -> None:
    kin = affinities()
    assert set(kin) == leaves()
    assert {other for each in kin.values() for other in each.all} <= leaves()


def test_affinities_stay_on_the_axis_that_they_name() -> None:
    for kin in affinities().values():
        assert all(code.startswith("D") for code in kin.data)
        assert all(code.startswith("A") for code in kin.domain)


def test_places_belong_to_parts_of_the_world_with_names_and_employers() -> None:
    groups = {group for _, group in places()}
    assert groups <= set(document("names")["world"])
    for group in groups:
        kinds = {kind for _, kind in document("employers")["world"][group]["orgs"]}
        assert kinds == {"university", "company", "institute", "public"}


def test_organisations_stand_below_known_ones() -> None:
    rows = table("organisations")
    codes = [row["code"] for row in rows]
    assert len(codes) == len(set(codes)) >= 60
    assert {row["parent"] for row in rows} - {""} <= set(codes)
    districts = [row for row in rows if row["kind"] == "district" and not row["parent"]]
    assert len(districts) == 25
