"""The front page's address, and under /account/ those of sign-in by a provider upstream and of
the partner portal.
"""

from allauth.socialaccount import views as allauth_views
from django.urls import path

from apps.governance.views import front
from apps.governance.views.federation import pages
from apps.governance.views.portal import activity, apps, invitations, people

urlpatterns = [
    path("", front.front, name="front"),
    path("account/by/<slug:provider_id>/", pages.login, name="openid_connect_login"),
    path("account/by/<slug:provider_id>/back/", pages.callback, name="openid_connect_callback"),
    path("account/by/<slug:provider_id>/link/", pages.link, name="federation_link"),
    path("account/links/", pages.ConnectionsView.as_view(), name="socialaccount_connections"),
    path("account/links/confirm/", pages.confirm, name="federation_confirm"),
    path("account/cancelled/", allauth_views.login_cancelled, name="socialaccount_login_cancelled"),
    path("account/people/", people.people, name="portal-people"),
    path("account/people/invite/", invitations.invite, name="portal-invite"),
    path(
        "account/people/invitations/<str:invitation_id>/resend/",
        invitations.resend,
        name="portal-resend",
    ),
    path(
        "account/people/invitations/<str:invitation_id>/cancel/",
        invitations.cancel,
        name="portal-cancel",
    ),
    path("account/people/<str:person_id>/role/", people.role, name="portal-role"),
    path("account/people/<str:person_id>/end/", people.retire, name="portal-retire"),
    path("account/invitation/", invitations.accept, name="portal-invitation"),
    path("account/invitation/<str:token>/", invitations.follow_link, name="portal-invitation-link"),
    path("account/apps/", apps.apps, name="portal-apps"),
    path("account/apps/<str:client_id>/end/", apps.end_client, name="portal-end-client"),
    path("account/apps/sessions/<str:session_id>/end/", apps.end_own, name="portal-end-session"),
    path("account/activity/", activity.activity, name="portal-activity"),
]
