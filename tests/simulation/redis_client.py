"""redis-py's client whose commands are boundaries: each may be lost, or its sender may die."""

from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.client import Pipeline

#: Sends commands across the boundary, and returns the responses.
Exchange = Callable[[list[tuple[Any, ...]]], list[Any]]


class SimulatedRedis(Redis):
    """Redis by a lean wire; what redis-py makes of commands and responses stays."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self.exchange = exchange

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command."""
        response = self.exchange([args])[0]
        if isinstance(response, Exception):
            raise response
        return self.understood(args[0], response, options)

    def understood(self, name: str, response: Any, options: dict[str, Any]) -> Any:
        """Return the response as redis-py would."""
        options.pop("keys", None)
        callback = self.response_callbacks.get(name)
        return callback(response, **options) if callback else response

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Any:
        """Return a pipeline by the same wire."""
        return SimulatedPipeline(self, transaction=transaction)


class SimulatedPipeline(Pipeline):
    """Several commands in one round trip."""

    def __init__(self, client: SimulatedRedis, *, transaction: bool) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, transaction, None)
        self._client = client

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command at once, as WATCH needs it."""
        return self._client.execute_command(*args, **options)

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send all commands."""
        stack, self.command_stack = self.command_stack, []
        scripts, self.scripts = self.scripts, set()
        self.explicit_transaction = False
        if not stack:
            return []
        for script in sorted(scripts, key=lambda script: script.sha):
            self._client.execute_command("SCRIPT LOAD", script.script)
        commands = [args for args, _ in stack]
        if self.transaction:
            responses = self._client.exchange([("MULTI",), *commands, ("EXEC",)])[-1]
            if isinstance(responses, Exception):
                raise responses
        else:
            responses = self._client.exchange(commands)
        found = []
        for (args, options), response in zip(stack, responses, strict=True):
            if isinstance(response, Exception):
                if raise_on_error:
                    raise response
                found.append(response)
            else:
                found.append(self._client.understood(args[0], response, options))
        return found

    def reset(self) -> None:
        """Forget what was not sent."""
        self.command_stack = []
        self.scripts = set()
        self.explicit_transaction = False
