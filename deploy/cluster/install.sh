#!/bin/sh
# Installs what a cluster needs before the marketplace: `install.sh local|dev|staging|production`, as often as you like.
# It uses the cluster that kubectl points at, and says so. Needs kubectl and helm (3.8 or newer).
#
# Everything has its exact version here. What is fetched as a file is held against its checksum, or named by a commit.
set -eu
cd "$(dirname "$0")"

CERT_MANAGER=v1.21.2
ENVOY_GATEWAY=v1.9.2
METRICS_SERVER=3.13.0
CLOUDNATIVE_PG=https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/f844d3a3d396cb5d24379301467cfa68678bd519/releases/cnpg-1.30.1.yaml
BARMAN_PLUGIN=https://github.com/cloudnative-pg/plugin-barman-cloud/releases/download/v0.13.0/manifest.yaml
BARMAN_PLUGIN_SHA256=d2e71e7b06822448f1a421f05781846cfdb9cc621e7ef32eef5e20c5133213b0

overlay=${1:-}
case $overlay in
local | dev | staging | production) ;;
*)
	echo "usage: install.sh local|dev|staging|production" >&2
	exit 2
	;;
esac
echo "cluster: $(kubectl config current-context)"

namespace() {
	kubectl create namespace "$1" --dry-run=client --output=yaml | kubectl apply --server-side --filename=-
}

chart() { # name, namespace, where from, version, further options
	name=$1 into=$2 from=$3 version=$4
	shift 4
	helm upgrade --install "$name" "$from" --version "$version" --namespace "$into" --create-namespace --wait "$@"
}

# The edge: a Gateway; on one's own machine the Ingress controller that minikube brings.
if [ "$overlay" != local ]; then
	gateway=true
	# What its resources are, apart from it: helm never renews what a chart has of these. Clusters of DigitalOcean come with
	# older ones of the Gateway API, which are taken over and marked, so that they are not taken back.
	helm template gateway-crds oci://docker.io/envoyproxy/gateway-crds-helm --version "$ENVOY_GATEWAY" \
		--set crds.gatewayAPI.enabled=true \
		--set crds.gatewayAPI.channel=standard \
		--set crds.envoyGateway.enabled=true |
		kubectl apply --server-side --force-conflicts --filename=-
	for kind in gatewayclasses gateways grpcroutes httproutes referencegrants tlsroutes; do
		kubectl annotate --overwrite customresourcedefinition "$kind.gateway.networking.k8s.io" \
			doks.digitalocean.com/install-policy=external
	done
	chart envoy-gateway envoy-gateway-system oci://docker.io/envoyproxy/gateway-helm "$ENVOY_GATEWAY" \
		--set crds.enabled=false
	kubectl apply --server-side --filename=envoy-proxy.yaml --filename=gateway-class.yaml
	# Network policies let the edge's namespace ask the services.
	kubectl label namespace envoy-gateway-system fairseat-edge=true --overwrite
	namespace fairseat
	kubectl apply --server-side --filename=client-traffic.yaml
else
	gateway=false
	kubectl label namespace ingress-nginx fairseat-edge=true --overwrite
fi

# Certificates, whose challenges are answered through the Gateway where there is one.
chart cert-manager cert-manager oci://quay.io/jetstack/charts/cert-manager "$CERT_MANAGER" \
	--set crds.enabled=true \
	--set config.apiVersion=controller.config.cert-manager.io/v1alpha1 \
	--set config.kind=ControllerConfiguration \
	--set "config.enableGatewayAPI=$gateway"

# What autoscalers go by; minikube has an addon for it.
[ "$overlay" = local ] ||
	chart metrics-server kube-system metrics-server "$METRICS_SERVER" --repo https://kubernetes-sigs.github.io/metrics-server

case $overlay in
staging | production)
	kubectl apply --server-side --filename="$CLOUDNATIVE_PG"
	kubectl --namespace cnpg-system rollout status deployment/cnpg-controller-manager --timeout=5m
	fetched=$(mktemp)
	trap 'rm -f "$fetched"' EXIT
	curl --fail --silent --show-error --location --output "$fetched" "$BARMAN_PLUGIN"
	echo "$BARMAN_PLUGIN_SHA256  $fetched" | sha256sum --check --status || {
		echo "$BARMAN_PLUGIN is not what it was: nothing of it is applied" >&2
		exit 1
	}
	kubectl apply --server-side --filename="$fetched"
	kubectl --namespace cnpg-system rollout status deployment/barman-cloud --timeout=5m
	;;
esac

# Images of the account's registry: every namespace has to show that it may fetch them.
if [ "$overlay" != local ]; then
	if command -v doctl >/dev/null 2>&1; then
		doctl registry kubernetes-manifest --name registry --namespace fairseat | kubectl apply --server-side --filename=-
	else
		echo "there is no doctl: the secret that images are fetched with (registry, in namespace fairseat) is yours to make" >&2
	fi
fi
echo "the cluster has what the overlay $overlay needs"
