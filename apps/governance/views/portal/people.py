"""/account/people/: who acts for the company; its admins change what they are and end it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.core.errors import ForbiddenError, InvalidTransitionError, ValidationFailedError
from apps.governance.forms import RoleForm
from apps.governance.selectors import open_invitations, people_shown, person_of_partner
from apps.governance.services.people import change_person_role, retire_person
from apps.governance.views.portal.visitor import Visitor, portal_page
from apps.partners.policy import portal_roles

PAGE = ("GET", "HEAD")
FORM = (*PAGE, "POST")


@portal_page(*PAGE)
def people(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    company = visitor.company()
    shown = {
        "company": company,
        "people": people_shown(company),
        "invitations": open_invitations(company),
        "at": visitor.at,
        "roles": portal_roles(company),
    }
    return render(request, "portal/people.html", shown)


@portal_page(*FORM, step_up=True)
def role(request: HttpRequest, visitor: Visitor, person_id: str) -> HttpResponse:
    company = visitor.company()
    person = person_of_partner(company, person_id)
    _refuse_own(visitor, person.user_id)
    form = RoleForm(
        request.POST or None, roles=portal_roles(company), initial={"role": person.role}
    )
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["role"]
        try:
            change_person_role(actor=visitor.actor, at=visitor.at, person=person, role=wanted)
        except (ValidationFailedError, InvalidTransitionError) as error:
            form.refuse(error)
        else:
            said = f"{person.user.get_full_name()} is {person.get_role_display()} now."
            messages.success(request, said)
            return redirect("portal-people")
    return render(request, "portal/role.html", {"form": form, "person": person})


@portal_page(*FORM)
def retire(request: HttpRequest, visitor: Visitor, person_id: str) -> HttpResponse:
    """Ask whether they mean it, and do it."""
    person = person_of_partner(visitor.company(), person_id)
    _refuse_own(visitor, person.user_id)
    if request.method != "POST":
        return render(request, "portal/retire.html", {"person": person})
    try:
        retire_person(actor=visitor.actor, at=visitor.at, person=person)
    except InvalidTransitionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{person.user.get_full_name()} has no access any more.")
    return redirect("portal-people")


def _refuse_own(visitor: Visitor, user_id: object) -> None:
    """The service refuses it as well; here it is not even offered. Raises ForbiddenError."""
    if visitor.user.pk == user_id:
        raise ForbiddenError("Your own role and access are for another admin to change.")
