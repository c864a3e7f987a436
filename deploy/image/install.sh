#!/bin/sh
# Installs packages of this repository into /app, where the environment /opt/venv finds them: `install.sh common services/orders`.
# They are a folder, and so a layer, of their own: a release changes them, while what they need stays as it is.
set -eu
for package in "$@"; do
	if [ -d "$package/migrations" ]; then
		cp -R "$package/migrations" "$package/$(basename "$package")/migrations"
	fi
	pip --quiet wheel --no-index --no-deps --no-build-isolation --wheel-dir wheels "./$package"
done
pip --quiet --python /opt/venv/bin/python install --no-index --no-deps --no-compile --target /app wheels/*.whl
for place in /opt/venv/lib/python3*/site-packages; do
	echo /app > "$place/fairseat.pth"
done
