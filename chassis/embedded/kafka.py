"""The embedded Kafka broker as a server process (what it is: `mock_broker.py`).

It forgets everything when it ends, keeps about 5 MB of the newest records a partition, has four partitions a
topic and makes a topic when somebody first uses it. Every start has another port and another cluster id:
whoever uses it asks for the address again after a restart.
"""

import json
import sys
from pathlib import Path
from signal import SIGTERM

from chassis.embedded.errors import EmbeddedServerError
from chassis.embedded.process import ServerProcess, ServerSpec


class EmbeddedKafka:
    """A one-broker cluster in memory, its files in `run_folder`."""

    def __init__(self, run_folder: Path, log_folder: Path) -> None:
        self._output_path = run_folder / "kafka.out"
        program = Path(__file__).with_name("mock_broker.py")
        self.process = ServerProcess(
            ServerSpec(
                name="Kafka",
                # The last argument is only there to recognise the process by.
                command=[sys.executable, "-I", str(program), str(self._output_path)],
                marker=f"{program} {self._output_path}",
                is_ready=lambda: self._announced() is not None,
                pid_path=run_folder / "kafka.pid",
                log_path=log_folder / "kafka.log",
                output_path=self._output_path,
                stop_signals=((SIGTERM, 3.0),),
            )
        )

    @property
    def bootstrap(self) -> str:
        """`host:port` of the broker that runs now."""
        announced = self._announced()
        if announced is None:
            raise EmbeddedServerError("Kafka is not running")
        return announced

    def _announced(self) -> str | None:
        if not self.process.is_running:
            return None
        line = self._output_path.read_text()
        if not line.endswith("\n"):
            return None
        bootstrap = json.loads(line)["bootstrap"]
        assert isinstance(bootstrap, str)
        return bootstrap
