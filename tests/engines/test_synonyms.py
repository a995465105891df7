"""A site's own synonyms and the search cluster: its index follows the list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from matching.engines import Filters, active_engine
from matching.evidence import RequestQuery
from matching.indexing import index_experts
from matching.models import IndexJob
from matching.pipeline import current_context
from matching.preparing import prepare_queries
from matching.services import index_check
from matching.services.index_jobs import work_off_all
from tests.factories.experts import ClaimFactory, ExpertFactory

pytestmark = [pytest.mark.django_db, pytest.mark.encoder]


def by_words() -> list[int]:
    """Who the cluster finds by the words of a request for 두레샘."""
    context = current_context()
    (query,) = prepare_queries([RequestQuery(key="1", title="두레샘")], ())
    proposal = active_engine().propose(query, Filters(), 10, context)
    assert "fallback_for" not in proposal.notes, proposal.notes
    return proposal.ranked


def test_the_index_of_the_cluster_follows_the_list(
    elasticsearch_settings: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    settings.SEARCH_ENGINE, settings.ELASTICSEARCH_PAUSE = "elasticsearch", 0
    prefix = f"{elasticsearch_settings['prefix']}-synonyms"
    settings.ELASTICSEARCH = {**elasticsearch_settings, "prefix": prefix, "timeout": 60}
    settings.MATCHING_INDEX_WINDOW = 10_000_000
    index_check.cache.delete(index_check.POSITION)
    person, other = ExpertFactory(), ExpertFactory()
    ClaimFactory(expert=person, title="Restoring community wells", text="", verified=True)
    ClaimFactory(expert=other, title="Chatbots for visitors", text="", verified=True)
    IndexJob.objects.all().delete()
    index_experts([person.pk, other.pk])
    assert person.pk not in by_words()
    path = tmp_path / "synonyms.txt"
    path.write_text("두레샘|community well\n", "utf-8")
    settings.MATCHING_SYNONYMS = str(path)
    problem = active_engine().problem(current_context())
    assert problem is not None and problem.code == "rebuild"
    assert index_check.tend()  # what the sweep does first: an index under the new fingerprint
    assert index_check.sweep() == 2
    work_off_all()
    assert by_words()[0] == person.pk
    report = index_check.check()
    assert report.ok, report.counts()
