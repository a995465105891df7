"""Search documents: built from a profile, stored beside it in the same transaction."""

from collections.abc import Iterable, Iterator, Sequence

from experts import grams
from experts.choices import Section
from experts.models import Claim, ClaimKind, Expert, SearchDocument, Verification

BATCH = 200


def refresh_documents(expert_ids: Iterable[int]) -> None:
    """Write the search documents of these people anew; a fixed number of queries per batch."""
    ids = list(expert_ids)
    for start in range(0, len(ids), BATCH):
        people = Expert.objects.filter(pk__in=ids[start : start + BATCH])
        store([document_of(person) for person in people.for_listing()])


def store(documents: Sequence[SearchDocument]) -> None:
    """Insert or overwrite."""
    SearchDocument.objects.bulk_create(
        documents,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["expert"],
        update_fields=["card_text", "open_text", "open_keys", "full_text", "full_keys"],
    )


def document_of(expert: Expert) -> SearchDocument:
    """The document of one person; reads ``fields`` and ``claims`` (prefetch them)."""
    claims = [c for c in expert.claims.all() if c.verification != Verification.REJECTED]
    card = _fold(_card_parts(expert, claims))
    shown = set(expert.public_sections) if expert.is_public else set()
    open_text = _join(card, _fold(_section_parts(expert, claims, shown)))
    full_text = _join(card, _fold(_section_parts(expert, claims, set(Section.values))))
    marks = list(_marks(expert))
    return SearchDocument(
        expert=expert,
        card_text=card,
        open_text=open_text,
        open_keys=grams.keys_of_text(open_text) + marks,
        full_text=full_text,
        full_keys=grams.keys_of_text(full_text) + marks,
    )


def main_affiliation(claims: Iterable[Claim]) -> Claim | None:
    """The line marked as main, else the first current one, else the latest."""
    lines = [
        c
        for c in claims
        if c.kind == ClaimKind.AFFILIATION and c.verification != Verification.REJECTED
    ]
    return min(lines, key=lambda c: (not c.is_main, not c.is_current), default=None)


def _fold(parts: Iterable[str]) -> str:
    """Parts one per line, so that no search hit runs across two of them."""
    return "\n".join(filter(None, map(grams.fold, parts)))


def _join(*texts: str) -> str:
    return "\n".join(filter(None, texts))


def _card_parts(expert: Expert, claims: Sequence[Claim]) -> Iterator[str]:
    yield from (expert.name_ko, expert.name_en, expert.headline)
    yield from expert.keywords
    for field in expert.fields.all():
        yield from (field.node.label_ko, field.node.label_en)
        if field.node.parent:
            yield from (field.node.parent.label_ko, field.node.parent.label_en)
    if main := main_affiliation(claims):
        yield from (main.title, main.organisation, main.role)


def _section_parts(expert: Expert, claims: Sequence[Claim], shown: set[str]) -> Iterator[str]:
    if Section.BIO in shown:
        yield expert.bio
    for claim in claims:
        if claim.kind in shown:
            yield from (claim.title, claim.organisation, claim.role, claim.text)


def _marks(expert: Expert) -> Iterator[str]:
    codes: dict[str, None] = {}
    for field in expert.fields.all():
        codes[f"#{field.node.code}"] = None
        if field.node.parent:
            codes[f"#{field.node.parent.code}"] = None
    yield from codes
