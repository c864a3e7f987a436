#!/bin/sh
# Builds one image for Skaffold: `build.sh services/orders/Dockerfile`, from the root of the repository.
#
# Skaffold says in the environment what the image is called (IMAGE, with its tag) and whether it must be pushed
# (PUSH_IMAGE). On this machine docker builds: with minikube, Skaffold has pointed it at the one inside, and looks there
# for what was built. What is pushed is built by BuildKit in the cluster (BUILDER, made when it is missing). The builder
# that Skaffold itself would run in a cluster, kaniko, is no longer maintained.
set -eu
dockerfile=$1
: "${IMAGE:?Skaffold says which image}"
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)

if [ "${PUSH_IMAGE:-false}" = true ]; then
	builder=${BUILDER:-fairseat}
	# Several images are built at once: whoever finds that another one has just made the builder goes on with it.
	docker buildx inspect "$builder" >/dev/null 2>&1 ||
		docker buildx create --name "$builder" --driver kubernetes \
			--driver-opt namespace=buildkit,replicas=1,requests.cpu=500m,requests.memory=1Gi,limits.memory=4Gi ||
		docker buildx inspect "$builder" >/dev/null
	exec docker buildx build --builder "$builder" --push --platform "${PLATFORMS:-linux/amd64}" \
		--build-arg "REVISION=$revision" --tag "$IMAGE" --file "$dockerfile" .
fi
exec docker build --build-arg "REVISION=$revision" --tag "$IMAGE" --file "$dockerfile" .
