"""Addresses under ``/experts/``."""

from django.urls import path

from experts.pages import own, public, review

app_name = "experts"
urlpatterns = [
    path("", public.directory, name="directory"),
    path("taxonomy/", public.taxonomy, name="taxonomy"),
    path("taxonomy.csv", public.taxonomy_csv, name="taxonomy_csv"),
    path("register/", own.register, name="register"),
    path("me/", own.me, name="me"),
    path("me/basic/", own.basic, name="me_basic"),
    path("me/fields/", own.fields, name="me_fields"),
    path("me/claims/", own.claims, name="me_claims"),
    path("me/claims/add/<slug:kind>/", own.claim_add, name="claim_add"),
    path("me/claims/<int:pk>/", own.claim_edit, name="claim_edit"),
    path("me/claims/<int:pk>/remove/", own.claim_remove, name="claim_remove"),
    path("me/availability/", own.availability, name="me_availability"),
    path("me/visibility/", own.visibility, name="me_visibility"),
    path("me/visibility/consent/", own.consent, name="me_consent"),
    path("me/relations/", own.relations, name="me_relations"),
    path("me/relations/<int:pk>/end/", own.relation_end, name="relation_end"),
    path("me/submit/", own.submit, name="me_submit"),
    path("me/withdraw/", own.withdraw, name="me_withdraw"),
    path("me/reopen/", own.reopen, name="me_reopen"),
    path("review/", review.queue, name="review_queue"),
    path("review/<uuid:public_id>/", review.review, name="review"),
    path("review/<uuid:public_id>/lines/<int:pk>/", review.decide, name="review_line"),
    path("review/<uuid:public_id>/<slug:name>/", review.move, name="review_move"),
    path("<uuid:public_id>/", public.profile, name="profile"),
    path("<uuid:public_id>/record/", review.record, name="record"),
]
