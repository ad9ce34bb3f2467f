"""Model fields of our own."""

from typing import TYPE_CHECKING, Any

from django.db import models

from apps.core.crypto import decrypt, encrypt

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField


class EncryptedTextField(TextField):
    """Text encrypted at rest; bound to its table and column, so rows' values cannot be swapped
    between columns. It cannot be searched."""

    def _context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"  # noqa: SLF001 -- Django's documented way

    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401 -- Django's signature
        plain = super().get_prep_value(value)
        return plain if plain is None else encrypt(plain, context=self._context())

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> Any:  # noqa: ANN401 -- Django's signature
        return value if value is None else decrypt(value, context=self._context())
