"""Abstract models: public id, fence, append-only row."""

from typing import Any, ClassVar

from django.db import models

from apps.core.ids import encode_id, new_id


class Identified(models.Model):
    """A row with a time-ordered UUID, shown outside as `prefix_…`."""

    id_prefix: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True

    @property
    def public_id(self) -> str:
        return encode_id(self.id_prefix, self.id)


class Fenced(models.Model):
    """Something whose flip ends every session granted before it (spec 3, token sessions).

    ``not_before`` is the database's clock at the last suspension or resumption. A session counts
    only when it was granted after that, so resuming revives nothing.
    """

    not_before = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class AppendOnlyModel(models.Model):
    """Rows that are written once. Database triggers refuse the rest; this says so earlier."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} rows are append-only")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:  # noqa: ANN401 -- Django's signature
        raise TypeError(f"{type(self).__name__} rows are append-only")
