"""Other language models by configuration: made ready beside the present ones, then switched."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.models import Event
from consulting.models import Request
from matching.adapters import query_of
from matching.encoders import bundled, encoders_in_use
from matching.indexing import index_experts, rebuild_index
from matching.models import EncoderSet, ExpertIndexVectors, StoredBackground
from matching.pipeline import current_context, rank
from matching.services import encoder_sets
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ClaimFactory, ExpertFactory

pytestmark = [pytest.mark.django_db, pytest.mark.encoder]


@pytest.fixture
def other() -> str:
    """A second real model: the folder of the English one, used for every language."""
    bundled.english(1)
    return str(next(bundled._data_folder().glob("minilm-*/")))


@pytest.fixture
def pool() -> list[int]:
    """Three experts and a request, indexed with the bundled models."""
    experts = [ExpertFactory() for _ in range(3)]
    for expert, title in zip(experts, ("침수 예측", "민원 분류", "Bus demand"), strict=True):
        ClaimFactory(expert=expert, title=title, verified=True)
    RequestFactory(accepted=True)
    assert encoder_sets.keep_in_step() is False  # the first set ever seen is in use
    rebuild_index()
    return [expert.pk for expert in experts]


def vectors_by_encoder() -> dict[str, int]:
    found: dict[str, int] = {}
    for name in ExpertIndexVectors.objects.values_list("encoder", flat=True):
        found[name] = found.get(name, 0) + 1
    return found


def found_for_the_request() -> list[int]:
    query = query_of(Request.objects.get())
    return [scored.expert_id for scored in rank(query).experts]


def test_a_new_model_takes_over_only_when_everything_is_ready(settings, pool, other) -> None:
    settings.MATCHING_ENCODERS = [other]
    assert [e.name for e in encoders_in_use()] == ["e5-small", "minilm"]
    assert encoder_sets.keep_in_step() is True
    row = EncoderSet.objects.get(state=EncoderSet.State.PREPARING)
    steps = []
    while encoder_sets.work(seconds=0):
        row.refresh_from_db()
        steps.append(row.step)
        assert sorted(found_for_the_request()) == pool  # searches go on all the while
        if row.state == EncoderSet.State.PREPARING:
            assert [e.name for e in encoders_in_use()] == ["e5-small", "minilm"]
    assert [*dict.fromkeys(steps)] == [
        "embed_experts", "embed_requests", "background", "index", "tidy",
    ]  # fmt: skip
    row.refresh_from_db()
    assert (row.state, row.step) == (EncoderSet.State.ACTIVE, EncoderSet.Step.DONE)
    assert [e.name for e in encoders_in_use()] == [other]
    assert vectors_by_encoder() == {other: 3}
    background = current_context().background
    background.check(encoders_in_use())  # statistics of its own, not neutral ones
    assert f"mean/{other}/passage/ko" in background.arrays
    assert StoredBackground.objects.get(is_active=True).version == background.version
    assert sorted(found_for_the_request()) == pool
    assert Event.objects.filter(type="match.encoders_switched").count() == 1
    assert encoder_sets.keep_in_step() is False


def test_both_sets_of_vectors_are_kept_for_experts_that_change_meanwhile(
    settings, pool, other
) -> None:
    settings.MATCHING_ENCODERS = [other]
    encoder_sets.keep_in_step()
    while EncoderSet.objects.get(state="preparing").step != EncoderSet.Step.INDEX:
        encoder_sets.work(seconds=0)
    ClaimFactory(expert_id=pool[0], title="지하차도 배수", verified=True)
    index_experts([pool[0]])
    assert vectors_by_encoder() == {"e5-small": 3, "minilm": 3, other: 1}


def test_going_back_before_the_switch_leaves_everything_as_it_was(settings, pool, other) -> None:
    settings.MATCHING_ENCODERS = [other]
    encoder_sets.keep_in_step()
    encoder_sets.work(seconds=0)
    settings.MATCHING_ENCODERS = ["bundled"]
    assert encoder_sets.keep_in_step() is False
    assert [row.state for row in EncoderSet.objects.all()] == [EncoderSet.State.ACTIVE]
    assert encoder_sets.work() is False


def test_a_model_that_cannot_be_loaded_changes_nothing_and_says_so(settings, pool, capsys) -> None:
    settings.MATCHING_ENCODERS = [str(Path("no/such/model"))]
    with pytest.raises(CommandError, match="Not finished"):
        call_command("encoders", "--now")
    assert "error" in encoder_sets.status()
    assert [e.name for e in encoders_in_use()] == ["e5-small", "minilm"]
    assert sorted(found_for_the_request()) == pool


def test_the_command_does_it_at_once_and_says_what_is_in_use(settings, pool, other, capsys) -> None:
    settings.MATCHING_ENCODERS = [other]
    call_command("encoders", "--now")
    assert encoder_sets.in_work() is None
    call_command("encoders")
    assert capsys.readouterr().out.splitlines()[-1] == f"in_use: ['{other}']"


def test_a_model_that_is_not_there_is_named(settings) -> None:
    settings.MATCHING_ENCODERS = ["no-such-model"]
    with pytest.raises(CommandError, match="no model 'no-such-model' on this machine"):
        call_command("encoders")
