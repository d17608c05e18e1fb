"""A real Apache Kafka broker of one's own: KRaft, one process that is broker and controller.

Its settings are Kafka's defaults, except what one broker alone needs (replication factors of 1), four
partitions for a topic that is made by its first use, as on the embedded broker, no waiting for more members
of a consumer group, and a session of 3 s for the broker itself, or it would wait 9 s after a kill until it
may register again. Every wipe gives it another cluster id.
"""

import base64
import shutil
import socket
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from signal import SIGTERM

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from chassis.embedded.ports import LOOPBACK, is_free, pick_port
from chassis.embedded.process import ServerProcess, ServerSpec, base_environment
from tests.servers.errors import ServerUnavailable
from tests.servers.kafka_jars import java, kafka_jars
from tests.servers.machine import OwnServer

_ALONE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "num.partitions": "4",
}


class KafkaServer(OwnServer):
    """A broker whose files are in `folder`; `settings` are added to its server.properties.

    Raises ServerUnavailable when there is no Java or Maven.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None, heap: str = "512m") -> None:
        self._folder = folder.absolute()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._data_folder = self._folder / "data"
        self._temporary_folder = self._folder / "tmp"
        self._properties_path = self._folder / "server.properties"
        self._settings = dict(settings or {})
        self._port = self._controller_port = pick_port()
        self._java = [java(), "-XX:-UsePerfData", f"-Djava.io.tmpdir={self._temporary_folder}"]
        self._java += ["-cp", f"{kafka_jars()}/*"]
        self._process = ServerProcess(
            ServerSpec(
                name="Kafka",
                command=[*self._java[:1], f"-Xmx{heap}", *self._java[1:], "kafka.Kafka", str(self._properties_path)],
                marker=str(self._properties_path),
                is_ready=self._answers,
                pid_path=self._folder / "kafka.pid",
                log_path=self._folder / "kafka.log",
                stop_signals=((SIGTERM, 30.0),),
                ready_timeout_seconds=90.0,
                prepare_again=self.prepare,
            )
        )

    @property
    def address(self) -> str:
        """`host:port`, the bootstrap address."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def process(self) -> ServerProcess:
        return self._process

    def prepare(self) -> None:
        self._temporary_folder.mkdir(exist_ok=True)
        self._port = pick_port(self._port)
        if self._controller_port == self._port or not is_free(self._controller_port):
            self._controller_port = next(port for port in iter(pick_port, None) if port != self._port)
        lines = [f"{name}={value}\n" for name, value in self._properties().items()]
        self._properties_path.write_text("".join(lines))
        if (self._data_folder / "meta.properties").exists():
            return
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
        tool = [*self._java, "-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool"]
        reply = subprocess.run(
            [*tool, "format", "-t", cluster_id, "-c", str(self._properties_path)],
            env=base_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if reply.returncode != 0:
            raise ServerUnavailable(f"Kafka could not format its storage:\n{reply.stdout}{reply.stderr}")

    def _properties(self) -> dict[str, str]:
        return _ALONE | {
            "listeners": f"PLAINTEXT://{LOOPBACK}:{self._port},CONTROLLER://{LOOPBACK}:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{self._port}",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._controller_port}",
            "log.dirs": str(self._data_folder),
            **self._settings,
        }

    def wipe(self) -> None:
        assert not self._process.is_running
        shutil.rmtree(self._data_folder, ignore_errors=True)
        shutil.rmtree(self._temporary_folder, ignore_errors=True)

    def command_line_tool(self, class_name: str, *arguments: str) -> list[str]:
        """The command that runs one of Kafka's own tools, e.g. `org.apache.kafka.tools.TopicCommand`."""
        return [*self._java, class_name, *arguments]

    def _answers(self) -> bool:
        """Whether it is ours that answers: the port may be another broker's by now."""
        try:
            socket.create_connection((LOOPBACK, self._port), timeout=1.0).close()
        except OSError:
            return False
        client = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        try:
            found = client.list_topics(timeout=2.0)
        except KafkaException:
            return False
        return bool(found.brokers) and f"cluster.id={found.cluster_id}\n" in (self._data_folder / "meta.properties").read_text()
