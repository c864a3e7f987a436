#!/bin/sh
# Loads the demo catalogue once the services run, for clusters where people develop. Again and again is as good as once.
# A marketplace without it works all the same, so whatever goes wrong here is said and stops nothing.
set -eu

cluster() {
	kubectl ${SKAFFOLD_KUBE_CONTEXT:+--context "$SKAFFOLD_KUBE_CONTEXT"} --namespace fairseat "$@"
}

if cluster rollout status deployment --selector=app.kubernetes.io/part-of=fairseat --timeout=5m &&
	cluster exec deployment/tools -- fairseat demo --cluster; then
	exit 0
fi
echo "The demo catalogue was not loaded; try again with: sh deploy/skaffold/demo.sh" >&2
