from django.urls import path

from matching.pages import conflicts, learning, lists, runs, supply, work

app_name = "matching"
urlpatterns = [
    path("waivers/", conflicts.waivers, name="waivers"),
    path("waivers/<int:pk>/answer/", conflicts.answer_waiver, name="answer_waiver"),
    path("evaluation/", learning.evaluation, name="evaluation"),
    path("evaluation/now/", learning.evaluate, name="evaluate"),
    path("evaluation/decided/", learning.decided, name="decided"),
    path("evaluation/weights/default/", learning.use_defaults, name="use_defaults"),
    path("evaluation/weights/<int:number>/", learning.weights, name="weights"),
    path("evaluation/weights/<int:number>/activate/", learning.activate, name="activate_weights"),
    path("supply/", supply.supply_map, name="supply"),
    path("supply/missing.csv", supply.supply_export, name="supply_export"),
    path("supply/requests/", supply.supply_requests, name="supply_requests"),
    path("supply/people/", supply.supply_people, name="supply_people"),
    path("<str:ref>/", lists.shortlist_page, name="shortlist"),
    path("<str:ref>/start/", runs.start, name="start"),
    path("<str:ref>/progress/", runs.progress, name="progress"),
    path("<str:ref>/cancel/", runs.cancel, name="cancel"),
    path("<str:ref>/runs/", runs.history, name="runs"),
    path("<str:ref>/export.csv", lists.export, name="export"),
    path("<str:ref>/compare/", lists.compare, name="compare"),
    path("<str:ref>/add/", work.add, name="add"),
    path("<str:ref>/why-not/", lists.why_not_page, name="why_not"),
    path("<str:ref>/decide/", work.decide, name="decide"),
    path("<str:ref>/conflicts/", conflicts.conflicts, name="conflicts"),
    path("<str:ref>/conflicts/<int:pk>/end/", conflicts.end_conflict, name="end_conflict"),
    path("<str:ref>/people/<uuid:expert>/", lists.why, name="why"),
    path("<str:ref>/people/<uuid:expert>/unmark/", work.unmark, name="unmark"),
    path("<str:ref>/people/<uuid:expert>/shift/", work.shift, name="shift"),
    path("<str:ref>/people/<uuid:expert>/mark/<slug:mark>/", work.mark, name="mark"),
    path(
        "<str:ref>/people/<uuid:expert>/waive/<slug:rule>/",
        conflicts.ask_waiver,
        name="ask_waiver",
    ),
]
