"""Code lists that documents draw on: whole, public, the same for everybody."""

from apps.procurement.policy.codelists.lists import CODELISTS, Codelist
from apps.procurement.policy.codelists.units import unit_decimals

__all__ = ["CODELISTS", "Codelist", "unit_decimals"]
