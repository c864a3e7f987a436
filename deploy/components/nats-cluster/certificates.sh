# Beside each server: tells it when cert-manager has renewed its certificate, which it reads at no other time.
set -eu
digest() { cat /etc/nats-tls/tls.crt /etc/nats-tls/ca.crt | sha256sum; }
known=$(digest)
while sleep 30; do
  found=$(digest)
  if [ "$found" != "$known" ]; then
    nats-server --signal reload=/run/nats/nats.pid
    known=$found
  fi
done
