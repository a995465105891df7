from django.urls import path

from audit.pages import views

app_name = "audit"
urlpatterns = [
    path("", views.events, name="events"),
    path("export.csv", views.export_events, name="events_csv"),
    path("access/", views.accesses, name="accesses"),
    path("access/export.csv", views.export_accesses, name="accesses_csv"),
]
