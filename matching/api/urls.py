from django.urls import include, path
from rest_framework.routers import SimpleRouter

from matching.api import views

router = SimpleRouter()
router.register("match-runs", views.RunViewSet, basename="match-run")
router.register("match-candidates", views.CandidateViewSet, basename="match-candidate")
router.register("conflicts", views.ConflictViewSet, basename="conflict")
router.register("waivers", views.WaiverViewSet, basename="waiver")

urlpatterns = [
    path("eligibility/", views.EligibilityView.as_view(), name="eligibility"),
    path("why-not/", views.WhyNotView.as_view(), name="why-not"),
    path("", include(router.urls)),
]
