"""Apache Kafka's published jars, fetched once through Maven into `.servers/`, and the Java to run them."""

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from tests.servers.errors import ServerUnavailable

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = REPOSITORY / ".servers"
_POM = REPOSITORY / "deploy/kafka/pom.xml"
_OLDEST_JAVA = 17
_HOW_TO_GET_ONE = (
    "To test against a real Kafka, do one of these:\n"
    "  - install Java 17 and Maven (Debian: apt-get install openjdk-17-jre-headless maven),\n"
    "  - start Docker,\n"
    "  - set REDRESS_TEST_KAFKA=host:port to the address of a broker."
)


def kafka_jars() -> Path:
    """The folder with the jars; raises ServerUnavailable when they cannot be fetched."""
    folder = CACHE / f"kafka-{_version()}"
    if folder.exists():
        return folder
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "kafka-jars.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(folder)
    return folder


def java() -> str:
    """The `java` program, new enough; raises ServerUnavailable without one."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    if program is None or not Path(program).exists():
        raise ServerUnavailable(f"There is no Java. {_HOW_TO_GET_ONE}")
    reply = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    named = re.search(r'version "(\d+)', reply.stderr)
    if named is None or int(named.group(1)) < _OLDEST_JAVA:
        found = reply.stderr.strip().split("\n")[0]
        raise ServerUnavailable(f"Kafka needs Java {_OLDEST_JAVA}; {program} is {found}. {_HOW_TO_GET_ONE}")
    return program


def _version() -> str:
    version = ElementTree.parse(_POM).getroot().findtext("{http://maven.apache.org/POM/4.0.0}version")
    assert version is not None
    return version


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerUnavailable(f"There is no Maven to fetch Kafka with. {_HOW_TO_GET_ONE}")
    unfinished = folder.with_name(folder.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={unfinished}")
    reply = subprocess.run([maven, "-B", "-q", "-f", str(_POM), *goal], capture_output=True, text=True, check=False)
    if reply.returncode != 0:
        raise ServerUnavailable(f"Maven could not fetch Kafka. {_HOW_TO_GET_ONE}\n{reply.stdout[-2000:]}")
    unfinished.rename(folder)
