"""Addresses under ``/api/v1/``. The own profile stands before the one-person route."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from experts.api import own, review, views

router = SimpleRouter(use_regex_path=True)
router.register("experts/me/claims", own.MyClaimViewSet, basename="my-claim")
router.register("experts/me/relations", own.MyRelationViewSet, basename="my-relation")
router.register("experts", views.ExpertViewSet, basename="expert")
router.register("expert-reviews", review.ReviewViewSet, basename="expert-review")
router.register("taxonomy", views.TaxonomyViewSet, basename="taxonomy")

mine = own.MyProfileViewSet
urlpatterns = [
    path(
        "experts/me/",
        mine.as_view({"get": "retrieve", "post": "create", "patch": "partial_update"}),
        name="my-profile",
    ),
    path("experts/me/submit/", mine.as_view({"post": "submit"}), name="my-profile-submit"),
    path("experts/me/withdraw/", mine.as_view({"post": "withdraw"}), name="my-profile-withdraw"),
    path("experts/me/reopen/", mine.as_view({"post": "reopen"}), name="my-profile-reopen"),
    path("", include(router.urls)),
]
