"""Abstract models (public id, fence, append-only row, signing key) and two ways to ask the
database for less: deleting in bounded batches, and a statement that is built once.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import connection, models

from apps.core.fields import EncryptedTextField
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


class SigningKeyBase(models.Model):
    """A private key with its life: published as `next`, used while `active`, verifying when
    `retired`, refused when `revoked`.
    """

    class State(models.TextChoices):
        NEXT = "next"
        ACTIVE = "active"
        RETIRED = "retired"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kid = models.CharField(max_length=64, unique=True, help_text="RFC 7638 thumbprint")
    algorithm = models.CharField(max_length=10)
    private_jwk = EncryptedTextField()
    public_jwk = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEXT)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    # How long a retired key stays published; None for keys whose signatures must verify for ever.
    published_for: ClassVar[timedelta | None] = None

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm"],
                condition=models.Q(state="active"),
                name="%(app_label)s_%(class)s_one_active",
                violation_error_message="There is already an active key for this algorithm.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:12]} ({self.state})"


def delete_expired(model: type[models.Model], column: str, *, at: datetime, limit: int) -> int:
    """Delete at most ``limit`` rows whose ``column`` lies before ``at``, oldest first.

    One statement, without the ORM's collector; rows that another transaction holds are left for
    the next run, so two runs never wait for each other (spec 6, purge_expired).
    """
    quote = connection.ops.quote_name
    meta = model._meta  # noqa: SLF001 -- Django's documented name
    field = meta.get_field(column)
    if not isinstance(field, models.DateTimeField):
        raise TypeError(f"{meta.label}.{column} is not a time to expire by")
    names = (meta.db_table, field.column, meta.pk.column)
    table, expires, key = (quote(str(name)) for name in names)
    oldest = f"{expires} < %s ORDER BY {expires} LIMIT %s FOR UPDATE SKIP LOCKED"
    chosen = f"SELECT {key} FROM {table} WHERE {oldest}"  # noqa: S608 -- names of our own models  # nosec B608
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {key} IN ({chosen})", [at, limit])  # noqa: S608 -- as above  # nosec B608
        return int(cursor.rowcount)


class Statement:
    """A query on a hot path whose SQL is built once per process; only its values change.

    Building a large ORM query costs more than running it. ``build`` is called once with
    placeholders for ``names`` and returns a `values()` query; ``rows`` runs its SQL with real ones.
    A value must reach the database as it is given: no lookup may transform it.
    """

    def __init__(
        self,
        build: Callable[..., models.QuerySet[Any, dict[str, Any]]],
        **placeholders: Any,  # noqa: ANN401 -- values of any column
    ) -> None:
        self._build = build
        self._placeholders = placeholders
        self._built: tuple[str, list[Any], list[str]] | None = None

    def rows(self, **values: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- values of any column
        sql, pattern, columns = self._built or self._prepare()
        given = {id(self._placeholders[name]): value for name, value in values.items()}
        with connection.cursor() as cursor:
            cursor.execute(sql, [given.get(id(value), value) for value in pattern])
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def _prepare(self) -> tuple[str, list[Any], list[str]]:
        queryset = self._build(**self._placeholders)
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        self._built = sql, list(params), list(queryset.query.selected or ())
        return self._built


class Insert:
    """Rows of one model written on a hot path: the SQL is built once per process.

    It does what `save(force_insert=True)` does for a model that makes its own key, without the
    signals, which nobody listens to. Values are values; expressions need `save`.
    """

    def __init__(self, model: type[models.Model]) -> None:
        self._fields = model._meta.concrete_fields  # noqa: SLF001 -- Django's documented name
        self._table = model._meta.db_table  # noqa: SLF001 -- as above
        self._sql = ""

    def row(self, instance: models.Model) -> None:
        """Write the instance, which must be new. Raises IntegrityError."""
        values = [
            field.get_db_prep_save(field.pre_save(instance, True), connection)
            for field in self._fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._sql or self._prepare(), values)
        instance._state.adding = False  # noqa: SLF001 -- Django's documented name
        instance._state.db = connection.alias  # noqa: SLF001 -- as above

    def _prepare(self) -> str:
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in self._fields)
        places = ", ".join(_place_of(field) for field in self._fields)
        self._sql = f"INSERT INTO {quote(self._table)} ({columns}) VALUES ({places})"  # noqa: S608 -- names of our own models  # nosec B608
        return self._sql


def _place_of(field: Any) -> str:  # noqa: ANN401 -- fields of any kind
    """Arrays name their type, as the ORM has them do."""
    typed = hasattr(field, "get_placeholder")
    return str(field.get_placeholder(None, None, connection)) if typed else "%s"
