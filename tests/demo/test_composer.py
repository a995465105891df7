"""The invented people: many, different, and each one coherent."""

import re
from collections import Counter
from datetime import date

import pytest

from demo.composer import Composer
from demo.reading import Passage, groups_of, library
from experts.claims import clean_claim
from experts.models import Verification
from experts.services import ExpertRecord

TODAY = date(2026, 11, 22)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@pytest.fixture(scope="module")
def everybody() -> list[ExpertRecord]:
    colleagues, others = Composer(TODAY).compose()
    return [*colleagues.values(), *others]


def passages() -> dict[str, Passage]:
    """Text → passage, and title → passage."""
    found = {}
    for language in ("ko", "en"):
        for leaf in library(language).values():
            found |= {bio.text: bio for bio in leaf.bios}
            found |= {item.title: item for item in leaf.evidence}
    return found


def own_passages(record: ExpertRecord) -> list[Passage]:
    """The passages that a record was composed of."""
    known = passages_by_text
    bios = [known[text] for text in known if not known[text].title and text in record.bio]
    names = [claim.role if claim.kind == "career" else claim.title for claim in record.claims]
    return bios + [known[name] for name in names if name in known]


passages_by_text = passages()


def sentences(record: ExpertRecord) -> set[str]:
    texts = [record.bio, *(claim.text for claim in record.claims)]
    return {s.strip() for text in texts for s in SENTENCE.split(text) if len(s.strip()) >= 15}


def test_there_are_enough_of_them_in_every_state(everybody: list[ExpertRecord]) -> None:
    states = Counter(record.state for record in everybody)
    assert states["approved"] >= 850
    assert len(states) == 8
    abroad = sum(record.origin == "overseas" for record in everybody)
    assert 160 <= abroad <= 200


def test_no_sentence_stands_in_more_than_three_profiles(everybody: list[ExpertRecord]) -> None:
    said = Counter(sentence for record in everybody for sentence in sentences(record))
    assert not [sentence for sentence, count in said.items() if count > 3]


def test_profiles_differ(everybody: list[ExpertRecord]) -> None:
    bios = Counter(record.bio for record in everybody if record.bio)
    assert not [bio for bio, count in bios.items() if count > 1]
    contents = Counter(frozenset(sentences(record)) for record in everybody if sentences(record))
    assert not [content for content, count in contents.items() if count > 1]


def test_nobody_shares_a_name_or_an_address(everybody: list[ExpertRecord]) -> None:
    names = Counter(record.name_ko or record.name_en for record in everybody)
    assert not [name for name, count in names.items() if count > 1]
    addresses = Counter(record.email for record in everybody[13:])
    assert not [address for address, count in addresses.items() if count > 1]


def test_fields_and_passages_agree(everybody: list[ExpertRecord]) -> None:
    for record in everybody:
        told = {passage.leaf for passage in own_passages(record)}
        if record.state == "draft" and not record.bio:
            continue  # half filled in
        assert told == set(record.fields), record.name_ko or record.name_en


def test_every_leaf_has_several_people_and_some_have_many(everybody: list[ExpertRecord]) -> None:
    approved = [record for record in everybody if record.state == "approved"]
    people = Counter(code for record in approved for code in record.fields)
    assert set(people) == set(library("ko"))
    assert min(people.values()) >= 8
    assert max(people.values()) >= 3 * min(people.values())


def test_every_line_keeps_the_rules_of_claims(everybody: list[ExpertRecord]) -> None:
    for record in everybody:
        for line in record.claims:
            facts = {**vars(line)}
            clean_claim(line.kind, facts, TODAY)


def test_posts_follow_each_other(everybody: list[ExpertRecord]) -> None:
    for record in everybody:
        posts = [(line.starts_on, line.ends_on) for line in record.claims if line.kind == "career"]
        for begin, end in posts:
            assert begin and end and begin < end
        main = next(line for line in record.claims if line.is_main)
        assert all(end <= main.starts_on for _, end in posts if end and main.starts_on)


def test_about_six_in_ten_lines_are_verified(everybody: list[ExpertRecord]) -> None:
    lines = [line for r in everybody if r.state == "approved" for line in r.claims]
    marks = Counter(line.verification for line in lines)
    assert 0.55 < marks[Verification.VERIFIED] / len(lines) < 0.68
    assert 0.02 < marks[Verification.REJECTED] / len(lines) < 0.08
    assert any(line.verified_until and line.verified_until < TODAY for line in lines)


def test_people_abroad_worked_in_one_part_of_the_world(everybody: list[ExpertRecord]) -> None:
    for record in everybody:
        if record.origin != "overseas":
            continue
        named = {frozenset(g.split("_")[0] for g in groups_of(p.text))
                 for p in own_passages(record) if not p.title}  # fmt: skip
        named.discard(frozenset())
        assert not named or frozenset.intersection(*named), record.name_en


def test_the_same_seed_gives_the_same_people(everybody: list[ExpertRecord]) -> None:
    colleagues, others = Composer(TODAY).compose()
    assert [*colleagues.values(), *others] == everybody


def test_another_seed_gives_other_people(everybody: list[ExpertRecord]) -> None:
    others = Composer(TODAY, seed=7).compose()[1]
    assert others[0].name_ko != everybody[13].name_ko


def test_domestic_people_write_korean(everybody: list[ExpertRecord]) -> None:
    for record in everybody:
        if record.bio and record.origin == "domestic":
            assert re.search("[가-힣]", record.bio)
        elif record.bio:
            assert not re.search("[가-힣]", record.bio)
