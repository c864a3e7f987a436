#!/bin/sh
# Builds one image for Skaffold: `build.sh services/orders/Dockerfile`, from the root of the repository.
#
# Skaffold says in the environment what the image is called (IMAGE, with its tag) and whether it must be pushed
# (PUSH_IMAGE). On this machine docker or podman builds, whichever is there: with minikube, Skaffold has pointed docker
# at the one inside. What is pushed is built by BuildKit in the cluster (BUILDER, made when it is missing). The builder
# that Skaffold itself would run in a cluster, kaniko, is no longer maintained.
set -eu
dockerfile=$1
: "${IMAGE:?Skaffold says which image}"
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)

if [ "${PUSH_IMAGE:-false}" = true ]; then
	builder=${BUILDER:-fairseat}
	docker buildx inspect "$builder" >/dev/null 2>&1 ||
		docker buildx create --name "$builder" --driver kubernetes \
			--driver-opt namespace=buildkit,replicas=1,requests.cpu=500m,requests.memory=1Gi,limits.memory=4Gi
	exec docker buildx build --builder "$builder" --push --platform "${PLATFORMS:-linux/amd64}" \
		--build-arg "REVISION=$revision" --tag "$IMAGE" --file "$dockerfile" .
fi
if command -v docker >/dev/null 2>&1; then tool=docker; else tool=podman; fi
exec "$tool" build --build-arg "REVISION=$revision" --tag "$IMAGE" --file "$dockerfile" .
