"""What a partner's people fill in at their portal."""

from typing import Any

from django import forms

from apps.audit.events import Action
from apps.core.errors import DomainError
from apps.oauth.models import Client
from apps.partners.models import PartnerUser, Role


def in_words(action: str) -> str:
    """An event's action as people read it; one that exists no more, as it stands in the trail."""
    return str(dict(Action.choices).get(action, action)).capitalize()


def roles_to_choose(roles: list[Role]) -> list[tuple[str, str]]:
    return [(role.value, role.label) for role in roles]


class PortalForm(forms.Form):
    """A form that shows a service's refusal at the fields it is about."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def refuse(self, error: DomainError) -> None:
        for fault in error.errors:
            name = fault.pointer.strip("/")
            self.add_error(name if name in self.fields else None, fault.detail)
        if not error.errors:
            self.add_error(None, str(error))


class RoleForm(PortalForm):
    """What somebody is for the company, of what staff let its admin choose."""

    role = forms.ChoiceField()

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(
            choices=roles_to_choose(roles), widget=forms.RadioSelect
        )


class InviteForm(RoleForm):
    email = forms.EmailField(label="E-mail", max_length=254)
    name = forms.CharField(max_length=200, required=False)
    field_order = ["email", "name", "role"]


class TrailForm(PortalForm):
    """Which events are looked for; nothing chosen is all of them."""

    action = forms.ChoiceField(label="What", required=False)
    person = forms.ChoiceField(label="Who", required=False)
    client = forms.ChoiceField(label="By or about the app", required=False)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 -- Django's signature
        people: list[PartnerUser],
        clients: list[Client],
        **kwargs: Any,  # noqa: ANN401 -- Django's signature
    ) -> None:
        super().__init__(*args, **kwargs)
        everybody = [(one.user.public_id, one.user.get_full_name()) for one in people]
        apps = [(client.client_id, client.name) for client in clients]
        acts = sorted((action.value, in_words(action)) for action in Action)
        choices = {"action": acts, "person": everybody, "client": apps}
        for name, options in choices.items():
            label = self.fields[name].label
            shown = [("", "All"), *options]
            self.fields[name] = forms.ChoiceField(label=label, choices=shown, required=False)
            if not options:
                del self.fields[name]

    def chosen(self) -> dict[str, str | None]:
        """By name; None where nothing was."""
        return {
            name: self.cleaned_data.get(name) or None for name in ("action", "person", "client")
        }
