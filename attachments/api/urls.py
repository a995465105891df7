from django.urls import include, path
from rest_framework.routers import SimpleRouter

from attachments.api import views

router = SimpleRouter()
router.register("attachments", views.AttachmentViewSet, basename="attachment")

urlpatterns = [path("", include(router.urls))]
