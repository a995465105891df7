from django.urls import path

from accounts.pages import entry, organisations, own, people

app_name = "accounts"
urlpatterns = [
    path("", own.home, name="home"),
    path("consent/", own.consent, name="consent"),
    path("token/create/", own.token_create, name="token_create"),
    path("token/revoke/", own.token_revoke, name="token_revoke"),
    path("leave/", own.leave, name="leave"),
    path("login/", entry.sign_in, name="login"),
    path("logout/", entry.sign_out, name="logout"),
    path("signup/", entry.signup, name="signup"),
    path("signup/sent/", entry.signup_sent, name="signup_sent"),
    path("signup/confirm/<str:token>/", entry.signup_confirm, name="signup_confirm"),
    path("invitation/<str:token>/", entry.invitation, name="invitation"),
    path("password/change/", own.password_change, name="password_change"),
    path("password/reset/", entry.password_reset, name="password_reset"),
    path("password/reset/sent/", entry.password_reset_sent, name="password_reset_sent"),
    path(
        "password/reset/<uidb64>/<token>/",
        entry.password_reset_confirm,
        name="password_reset_confirm",
    ),
    path("people/", people.index, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/grant/", people.grant, name="grant"),
    path("people/<int:pk>/move/", people.move, name="move"),
    path("people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("roles/<int:pk>/revoke/", people.revoke, name="revoke"),
    path("invitations/", people.invitation_list, name="invitations"),
    path("invitations/new/", people.invite, name="invite"),
    path("invitations/<int:pk>/resend/", people.resend, name="resend"),
    path("invitations/<int:pk>/revoke/", people.revoke_invitation, name="revoke_invitation"),
    path("organisations/", organisations.index, name="organisations"),
    path("organisations/new/", organisations.edit, name="organisation_new"),
    path("organisations/<int:pk>/", organisations.edit, name="organisation"),
]
