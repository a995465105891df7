from django.urls import path, register_converter

from consulting.pages import drafting, handling, lists, round_quotas, rounds
from consulting.pages.converters import RefConverter

register_converter(RefConverter, "ref")

app_name = "consulting"
urlpatterns = [
    path("", lists.my_requests, name="my_requests"),
    path("export.csv", lists.export, name="export"),
    path("answered/", lists.answered, name="answered"),
    path("desk/", lists.desk, name="desk"),
    path("new/", drafting.start, name="start"),
    path("rounds/", rounds.listing, name="rounds"),
    path("rounds/new/", rounds.new, name="new_round"),
    path("rounds/<int:pk>/", rounds.page, name="round"),
    path("rounds/<int:pk>/edit/", rounds.edit, name="edit_round"),
    path("rounds/<int:pk>/move/<slug:name>/", rounds.move, name="move_round"),
    path("rounds/<int:pk>/requests/", rounds.requests, name="round_requests"),
    path("rounds/<int:pk>/limits/", rounds.limits, name="round_limits"),
    path("rounds/<int:pk>/limits/<int:limit>/remove/", rounds.remove_limit, name="remove_limit"),
    path("rounds/<int:pk>/quotas/", round_quotas.quotas, name="round_quotas"),
    path("rounds/<int:pk>/quotas/<int:quota>/remove/", round_quotas.remove, name="remove_quota"),
    path("<ref:ref>/", handling.request_page, name="request"),
    path("<ref:ref>/edit/", drafting.edit, name="edit"),
    path("<ref:ref>/edit/<slug:step>/", drafting.edit, name="edit"),
    path("<ref:ref>/autosave/", drafting.autosave, name="autosave"),
    path("<ref:ref>/suggestions/", drafting.suggestions, name="suggestions"),
    path("<ref:ref>/files/<uuid:file_id>/remove/", drafting.remove_file, name="remove_file"),
    path("<ref:ref>/check/", drafting.check, name="check"),
    path("<ref:ref>/submit/", drafting.submit, name="submit"),
    path("<ref:ref>/receipt/", drafting.receipt, name="receipt"),
    path("<ref:ref>/discard/", drafting.discard, name="discard"),
    path("<ref:ref>/move/<slug:name>/", handling.move, name="move"),
    path("<ref:ref>/assign/", handling.assign, name="assign"),
    path("<ref:ref>/revise/", handling.revise, name="revise"),
    path("<ref:ref>/messages/", handling.message, name="message"),
]
