"""The embedded Kafka broker: librdkafka's mock cluster, alive as long as this process.

Setting `test.mock.num.brokers` on any client makes librdkafka serve a whole cluster over TCP from that
client's own process, at a port it picks itself. Prints one line, `{"bootstrap": "host:port"}`, and then waits
for its end.

Runs by path with `-I`, as a program of its own; imports nothing of ours.
"""

import json
import signal

from confluent_kafka import Producer


def main() -> None:
    host = Producer({"test.mock.num.brokers": 1, "log_level": 3})
    brokers = host.list_topics(timeout=10).brokers.values()
    bootstrap = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    print(json.dumps({"bootstrap": bootstrap}), flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
