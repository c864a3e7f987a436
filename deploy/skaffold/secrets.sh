#!/bin/sh
# Makes the namespace and the secrets that a cluster still lacks, before anything is deployed: `secrets.sh local`.
# What is there stays as it is. Skaffold says which cluster is meant.
set -eu
overlay=$1
deploy=${FAIRSEAT_DEPLOY:-.venv/bin/fairseat-deploy}

cluster() {
	kubectl ${SKAFFOLD_KUBE_CONTEXT:+--context "$SKAFFOLD_KUBE_CONTEXT"} "$@"
}

if [ ! -x "$deploy" ]; then
	echo "$deploy is not there: run \`make .venv/.ready\` once." >&2
	exit 1
fi
# `skaffold dev` takes away in the end what it has deployed, volumes included.
if [ -n "$(cluster --namespace fairseat get configmap fairseat-release --ignore-not-found --output=name)" ]; then
	echo "Releases are deployed to this cluster (fairseat-deploy release show): it is not one to develop in." >&2
	exit 1
fi
cluster create namespace fairseat --dry-run=client --output=yaml | cluster apply --filename=- >/dev/null
missing=$(cluster --namespace fairseat get secrets --output=json | "$deploy" secrets make "$overlay" --existing -)
case $missing in
*kind:*) printf '%s\n' "$missing" | cluster --namespace fairseat apply --filename=- ;;
*) echo "all secrets are there" ;;
esac
