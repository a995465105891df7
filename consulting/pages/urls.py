from django.urls import URLPattern

app_name = "consulting"
urlpatterns: list[URLPattern] = []
