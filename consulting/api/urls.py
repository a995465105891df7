from rest_framework.routers import SimpleRouter

from consulting.api.views import KindViewSet, RequestViewSet

router = SimpleRouter()
router.register("request-kinds", KindViewSet, basename="request-kind")
router.register("requests", RequestViewSet, basename="request")
urlpatterns = router.urls
