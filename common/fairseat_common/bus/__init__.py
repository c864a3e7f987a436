"""Events between services, over NATS JetStream. Only this package touches the broker's client.

A service declares its handlers with `Consumers.on`; `Bus` runs them: transaction, inbox, handler, commit, ack.
"""

from fairseat_common.bus.broker import Broker, BrokerUnavailable
from fairseat_common.bus.consumers import Bus
from fairseat_common.bus.declaring import Consumer, Consumers
from fairseat_common.bus.streams import Login

__all__ = ["Broker", "BrokerUnavailable", "Bus", "Consumer", "Consumers", "Login"]
