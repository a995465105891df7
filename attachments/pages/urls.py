from django.urls import path

from attachments.pages import views

app_name = "attachments"
urlpatterns = [
    path("<uuid:public_id>/", views.download, name="download"),
    path("<uuid:public_id>/remove/", views.remove, name="remove"),
]
