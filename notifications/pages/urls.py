from django.urls import path

from notifications.pages import views

app_name = "notifications"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read/", views.read_all, name="read_all"),
    path("<int:pk>/open/", views.read, name="read"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:pk>/", views.message, name="message"),
    path("outbox/<int:pk>/again/", views.send_again, name="send_again"),
    path("demo/", views.demo_mailbox, name="demo_mailbox"),
    path("demo/<int:pk>/", views.demo_message, name="demo_message"),
]
