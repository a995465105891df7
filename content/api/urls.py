from django.urls import include, path
from rest_framework.routers import SimpleRouter

from content.api import views

router = SimpleRouter()
router.register("announcements", views.AnnouncementViewSet, basename="announcement")

urlpatterns = [path("", include(router.urls))]
