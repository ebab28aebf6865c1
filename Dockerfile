# The three stages and the command line, without tools of development.
# deploy/check_image_steps.sh does the same steps without Docker.

FROM python:3.12-slim-trixie AS build
# For a mirror of your own: docker compose build --build-arg PIP_INDEX_URL=...
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

# What changes seldom comes first. Nothing is compiled: there is a wheel for everything.
RUN python -m venv --without-pip /opt/dateline
COPY requirements.lock ./
RUN python -m pip --python /opt/dateline install --require-hashes --only-binary=:all: --requirement requirements.lock

COPY deploy/requirements-build.lock deploy/
RUN python -m venv --without-pip /opt/build && python -m pip --python /opt/build install --require-hashes --only-binary=:all: --requirement deploy/requirements-build.lock

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY dateline dateline
COPY producers producers
COPY processors processors
COPY sinks sinks
COPY kibana kibana
COPY models models
RUN /opt/build/bin/python -m hatchling build --target wheel --directory dist
RUN python -m pip --python /opt/dateline install --no-deps --no-index dist/*.whl

COPY deploy/setup.py kibana/dateline.ndjson /opt/dateline/share/
# A checkout under umask 077 brings files that only their owner may read.
RUN chmod -R a+rX /opt/dateline


FROM python:3.12-slim-trixie
# setup.py makes the certificates with it; better to fail here than at the first start.
RUN openssl version
RUN groupadd --gid 10001 dateline \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin dateline \
 && install --directory --owner=10001 --group=10001 --mode=0700 /data \
 && install --directory --mode=0755 /etc/dateline
COPY --from=build /opt/dateline /opt/dateline
ENV PATH=/opt/dateline/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATELINE_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
ENTRYPOINT ["dateline"]
CMD ["--help"]
