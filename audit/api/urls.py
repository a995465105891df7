from django.urls import include, path
from rest_framework.routers import SimpleRouter

from audit.api import views

router = SimpleRouter()
router.register("events", views.EventViewSet, basename="event")
router.register("access-logs", views.AccessLogViewSet, basename="accesslog")

urlpatterns = [path("", include(router.urls))]
