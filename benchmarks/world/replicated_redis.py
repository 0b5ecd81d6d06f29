"""A primary, a replica and three Sentinels on this machine, and what can happen to the primary."""

import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from odps_bot.sandbox.owned_process import OwnedProcess
from odps_bot.sandbox.ports import free_port
from odps_bot.sandbox.redis import find_server

SERVICE = "odps"

#: A Sentinel takes a primary for dead that has not answered for so long.
DOWN_AFTER_MS = 3_000
FAILOVER_TIMEOUT_MS = 10_000

_PATIENCE_S = 30.0
_STEP_S = 0.05


class ReplicatedRedis:
    """All five servers, with passwords; a context manager that ends them."""

    def __init__(self) -> None:
        self.password, self.sentinel_password = secrets.token_hex(8), secrets.token_hex(8)
        self._ends = ExitStack()
        self._folder = Path(self._ends.enter_context(tempfile.TemporaryDirectory("-failover")))
        self._ports = [free_port(), free_port()]
        self.sentinel_ports = [free_port() for _ in range(3)]
        self._processes: dict[int, OwnedProcess] = {}
        self._stopped: set[int] = set()

    @property
    def url(self) -> str:
        """The value for REDIS_URL."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.sentinel_ports)
        secret = f"?sentinel_password={self.sentinel_password}"
        return f"redis+sentinel://:{self.password}@{hosts}/{SERVICE}/0{secret}"

    def __enter__(self) -> Self:
        try:
            first, second = self._ports
            self._start_server(first, replica_of=None)
            self._start_server(second, replica_of=first)
            for port in self.sentinel_ports:
                self._start_sentinel(port, primary=first)
            self.wait_until_whole()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all of them, and forget their data."""
        for process in self._processes.values():
            process.kill()
            process.wait()
        self._processes = {}
        self._ends.close()

    def client(self, port: int) -> Redis:
        """Return a plain client of one of the two servers, which gives up after a second."""
        return Redis(port=port, password=self.password, socket_timeout=1, socket_connect_timeout=1)

    def primary_port(self) -> int:
        """Return the port of the primary, as a Sentinel has it."""
        port = self.sentinel_ports[0]
        with Redis(port=port, password=self.sentinel_password) as sentinel:
            _, found = sentinel.sentinel_get_master_addr_by_name(SERVICE)
        return int(found)

    def replica_port(self) -> int:
        """Return the port of the other one."""
        primary = self.primary_port()
        return next(port for port in self._ports if port != primary)

    def kill_primary(self) -> None:
        """End it with SIGKILL."""
        self.kill(self.primary_port())

    def kill(self, port: int) -> None:
        """End the server at this port with SIGKILL."""
        process = self._processes.pop(port)
        process.kill()
        process.wait()

    def stop_primary(self) -> None:
        """Let it keep its connections and answer nothing, by SIGSTOP."""
        self.stop(self.primary_port())

    def stop(self, port: int) -> None:
        """Let the server at this port answer nothing, by SIGSTOP."""
        self._stopped.add(port)
        os.kill(self._processes[port].pid, signal.SIGSTOP)

    def resume(self, port: int) -> None:
        """Let it answer again."""
        self._stopped.discard(port)
        os.kill(self._processes[port].pid, signal.SIGCONT)

    def demote_primary(self) -> None:
        """Have a Sentinel make the replica the primary."""
        port = self.sentinel_ports[0]
        with Redis(port=port, password=self.sentinel_password) as sentinel:
            sentinel.execute_command("SENTINEL", "FAILOVER", SERVICE)

    def wait_for_failover(self) -> None:
        """Wait until the Sentinels name another primary than the one that was stopped."""
        _wait(lambda: self.primary_port() not in self._stopped, "there is no failover")

    def heal(self) -> None:
        """Resume and restart what does not answer, and wait until all is as it should be."""
        for port in list(self._stopped):
            self.resume(port)
            # The Sentinels would tell it so after ten seconds.
            if (primary := self.primary_port()) != port:
                with self.client(port) as client:
                    client.replicaof("127.0.0.1", primary)
        for port in self._ports:
            if port not in self._processes:
                self._start_server(port, replica_of=self.primary_port())
        self.wait_until_whole()

    def wait_until_whole(self) -> None:
        """Wait until the replica is in step and the Sentinels know it. Raises RuntimeError."""
        _wait(self._is_whole, "the replica is not in step with its primary")

    def _is_whole(self) -> bool:
        primaries = set()
        for port in self.sentinel_ports:
            with Redis(port=port, password=self.sentinel_password, socket_timeout=1) as sentinel:
                seen = sentinel.sentinel_master(SERVICE)
                others = sentinel.sentinel_slaves(SERVICE)
                primaries.add(seen["port"])
                if seen["flags"] != "master" or seen["num-other-sentinels"] != 2:
                    return False
                if not any(other["flags"] == "slave" for other in others):
                    return False
        with self.client(primaries.pop()) as client:
            about = client.info("replication")
        linked = about.get("slave0", {})
        return not primaries and about["role"] == "master" and linked.get("state") == "online"

    def _start_server(self, port: int, *, replica_of: int | None) -> None:
        folder = self._folder / str(port)
        folder.mkdir(exist_ok=True)
        lines = [
            f"port {port}",
            "bind 127.0.0.1",
            f"requirepass {self.password}",
            f"masterauth {self.password}",
            f'dir "{folder}"',
            'save ""',
            "appendonly yes",
            "repl-diskless-sync-delay 0",
            "repl-timeout 10",
        ]
        if replica_of is not None:
            lines.append(f"replicaof 127.0.0.1 {replica_of}")
        self._start(port, lines, folder / "server.conf")
        _wait(lambda: self._answers(port), f"the server at {port} does not answer")

    def _answers(self, port: int) -> bool:
        with self.client(port) as client:
            return bool(client.ping())

    def _start_sentinel(self, port: int, *, primary: int) -> None:
        folder = self._folder / str(port)
        folder.mkdir()
        lines = [
            f"port {port}",
            "bind 127.0.0.1",
            f"requirepass {self.sentinel_password}",
            f"sentinel sentinel-pass {self.sentinel_password}",
            f'dir "{folder}"',
            f"sentinel monitor {SERVICE} 127.0.0.1 {primary} 2",
            f"sentinel auth-pass {SERVICE} {self.password}",
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {SERVICE} {FAILOVER_TIMEOUT_MS}",
        ]
        self._start(port, lines, folder / "sentinel.conf", "--sentinel")

    def _start(self, port: int, lines: list[str], configuration: Path, *arguments: str) -> None:
        configuration.write_text("\n".join([*lines, ""]))
        self._processes[port] = OwnedProcess(
            [find_server(), str(configuration), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _wait(is_done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if is_done():
                return
        except RedisError:
            pass
        time.sleep(_STEP_S)
    raise RuntimeError(complaint)
