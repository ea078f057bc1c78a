FROM debian:bookworm-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 VAR_DIR=/var/lib/marstek
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 1500 --create-home --home-dir /var/lib/marstek marstek

WORKDIR /app
COPY requirements.txt ./
RUN python3 -m venv /venv && /venv/bin/pip install --require-hashes -r requirements.txt
COPY . .
ENV PATH=/venv/bin:$PATH
USER marstek
RUN python manage.py collectstatic --noinput && rm -f /var/lib/marstek/secret_key
VOLUME /var/lib/marstek
CMD ["gunicorn", "marstek_site.wsgi", "--bind", "0.0.0.0:8000", "--workers", "1", "--threads", "8", "--no-control-socket"]
