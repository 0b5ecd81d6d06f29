# docker build --build-arg VERSION=… --build-arg REVISION=$(git rev-parse HEAD) \
#     --build-arg CREATED=$(date --utc +%Y-%m-%dT%H:%M:%SZ) --tag odps-bot .
# A newer base: `docker buildx imagetools inspect python:3.11-slim-trixie` prints the digest of its index.
FROM python:3.11-slim-trixie@sha256:45037981b62b34b44602584fccbc4d884d5f7dc92c7ee86bb38a698a79fe1e51 AS base
# The base brings its library without bytecode, and a health check starts Python every 30 s.
RUN python -m compileall -q -x '/(idlelib|lib2to3|site-packages|turtledemo)/' /usr/local/lib/python3.11

# The wheel that anybody can install, and what it needs, with their hashes.
FROM base AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements/build.txt requirements/build.txt
RUN python -m venv tools && tools/bin/pip install --require-hashes --requirement requirements/build.txt
COPY requirements/bot.txt requirements/bot.txt
RUN python -m venv /opt/odps-bot \
    && /opt/odps-bot/bin/pip install --no-compile --require-hashes --requirement requirements/bot.txt
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY odps_bot odps_bot
COPY workers workers
# What `odps-bot --version` names as its commit.
ARG REVISION=unknown
RUN if [ "$REVISION" != unknown ]; then echo "$REVISION" >odps_bot/commit.txt; fi
RUN tools/bin/hatchling build --target wheel --directory dist \
    && /opt/odps-bot/bin/pip install --no-compile --no-index --no-deps dist/*.whl
# The file system is read-only later. Hashes, not times, so that copying does not spoil it.
RUN /opt/odps-bot/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/odps-bot/lib


FROM base
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="odps-bot" \
    org.opencontainers.image.description="Run, follow and control Alibaba MaxCompute (ODPS) jobs from Slack." \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION" \
    org.opencontainers.image.created="$CREATED"

# A number, so that Kubernetes can see that it is not root.
RUN groupadd --gid 10001 odps-bot \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin odps-bot
COPY --from=build /opt/odps-bot /opt/odps-bot
ENV PATH=/opt/odps-bot/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ODPS_BOT_HEALTH_LISTEN=0.0.0.0:8080
WORKDIR /srv/odps-bot
USER 10001
EXPOSE 3000 8080

# Where it listens, if anywhere, and not through a proxy, whatever the environment says.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; host, _, port = os.environ.get('ODPS_BOT_HEALTH_LISTEN', '').strip().rpartition(':'); host = host.strip('[]'); host = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(host, host); host = f'[{host}]' if ':' in host else host; port and u.build_opener(u.ProxyHandler({})).open(f'http://{host}:{port}/healthz', timeout=3)"]

ENTRYPOINT ["odps-bot"]
CMD ["bot"]
