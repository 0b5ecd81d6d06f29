"""Queries about permissions: users, roles, grants and packages. They make no instance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.errors import (
    AmbiguousSubmitError,
    MalformedResponseError,
    MaxComputeError,
)
from odps_bot.maxcompute.http.exchange import Request
from odps_bot.maxcompute.models.documents import authorization_document, schema_settings, texts
from odps_bot.maxcompute.submission import may_have_arrived
from odps_bot.maxcompute.wire import parse_json_object, parse_xml

_OK = 200


class QueryStatus(StrEnum):
    """How far a query is."""

    RUNNING = "RUNNING"
    TERMINATED = "TERMINATED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """What the service says of a query."""

    status: QueryStatus
    text: str = ""  #: the result, or why it failed; empty for a change
    query_id: str | None = None  #: to ask by while it runs: installing packages takes a while


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who sends the requests."""

    id: str
    display_name: str  #: such as ALIYUN$somebody@example.com, or RAM$somebody@example.com:name


class Authorization:
    """Runs queries about permissions in a project. Thread-safe; methods raise MaxComputeError."""

    def __init__(self, endpoints: Endpoints, *, project: str, schema: str | None = None) -> None:
        self._endpoints = endpoints
        self._project = project
        self._schema = schema

    def whoami(self, *, project: str | None = None) -> Account:
        """Return the account that the credentials stand for."""
        found = parse_json_object(
            self.run("whoami", project=project, is_repeatable=True).text.encode()
        )
        account_id, name = found.get("ID"), found.get("DisplayName")
        if not isinstance(account_id, str | int) or not isinstance(name, str):
            raise MalformedResponseError("The response does not name an account.")
        return Account(id=str(account_id), display_name=name)

    def run(
        self,
        query: str,
        *,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        schema: str | None = None,
        is_json: bool = True,
        is_repeatable: bool = False,
        before_sending: Callable[[], None] | None = None,
    ) -> QueryResult:
        """Send a query such as `whoami` or `grant …` and return its result.

        `is_json` asks for the result as JSON, as PyODPS does; without it, it is text, as odpscmd
        shows it. A query that only asks is repeatable: it is sent again where the response was
        lost. `before_sending` is called right before anything is sent; what it raises is raised.

        Raises AmbiguousSubmitError when it is not known whether another query was carried out: no
        Guid tells, so it must not be sent again.
        """
        query = arguments.text("query", query)
        settings = texts(arguments.mapping("hints", hints))
        if chosen := arguments.optional_text("schema", schema) or self._schema:
            settings = schema_settings(chosen) | settings
        request = Request(
            method="POST",
            path=("projects", arguments.project(project, default=self._project), "authorization"),
            body=authorization_document(
                query, hints=settings, is_json=arguments.flag("is_json", is_json)
            ),
            content_type="application/xml",
            is_idempotent=is_repeatable,
            before_sending=before_sending,
        )
        try:
            response = self._endpoints.rest.send(request)
            text = parse_xml(response.body).findtext("Result") or ""
        except MaxComputeError as error:
            if is_repeatable or not may_have_arrived(error):
                raise
            raise AmbiguousSubmitError(
                f"It is unknown whether the query was carried out: {error}", guid=None
            ) from error
        if response.http_status == _OK:
            return QueryResult(status=QueryStatus.TERMINATED, text=text.strip())
        return QueryResult(status=QueryStatus.RUNNING, query_id=text.strip())

    def get(self, query_id: str, *, project: str | None = None) -> QueryResult:
        """Return how a query that took longer is doing."""
        name = arguments.segment("query_id", query_id)
        project = arguments.project(project, default=self._project)
        path = ("projects", project, "authorization", name)
        root = parse_xml(self._endpoints.rest.get(path).body)
        word = (root.findtext("Status") or "").strip().upper()
        if word not in set(QueryStatus):
            raise MalformedResponseError(f"{word[:40]!r} is no status of a query.")
        text = (root.findtext("Result") or "").strip()
        return QueryResult(status=QueryStatus(word), text=text, query_id=query_id)
