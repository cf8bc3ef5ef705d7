#!/bin/sh
# Writes runtime.txt (what the product needs), distributed.txt (that and the clients of Kafka and Elasticsearch) and
# dev.txt (all that and test tools) from pyproject.toml: names, versions and hashes, and no address of any package source. Versions already pinned stay
# unless --upgrade or --upgrade-package NAME is given. Works in a temporary environment, so .venv stays as it is.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

.venv/bin/python -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2

compile() {
    output=$1
    shift
    echo "Working out $output"
    "$work/venv/bin/python" -m piptools compile --quiet --generate-hashes \
        --strip-extras --allow-unsafe --no-header --no-emit-options --no-emit-index-url --no-emit-find-links \
        --no-emit-trusted-host --build-deps-for editable --output-file "$output" "$@" pyproject.toml
}

compile requirements/runtime.txt "$@"
compile requirements/distributed.txt --constraint requirements/runtime.txt --extra distributed "$@"
compile requirements/dev.txt --constraint requirements/distributed.txt --extra dev --extra distributed "$@"
