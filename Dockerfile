# syntax=docker/dockerfile:1

# What the emulator needs: made anew only where pyproject.toml or constraints.txt have changed.
FROM python:3.13-slim AS dependencies
WORKDIR /source
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" >needed.txt \
    && python -m pip wheel --no-cache-dir -q -c constraints.txt -w /wheels -r needed.txt \
    && python -m pip install --no-cache-dir -q -c constraints.txt hatchling

# The emulator itself, from what is here: no network is needed.
FROM dependencies AS build
COPY README.md LICENSE hatch_build.py ./
COPY emulator emulator
COPY fixtures fixtures
RUN python -m pip wheel --no-cache-dir -q --no-index --no-deps --no-build-isolation -w /own .

FROM python:3.13-slim
RUN --mount=type=bind,from=dependencies,source=/wheels,target=/wheels \
    python -m pip install --no-cache-dir -q --no-index --no-deps /wheels/*.whl \
    && groupadd --gid 10001 emulator \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin emulator \
    && install -d -o 10001 -g 0 -m 775 /data
RUN --mount=type=bind,from=build,source=/own,target=/own \
    python -m pip install --no-cache-dir -q --no-index --no-deps /own/*.whl && python -m pip check -q
COPY --chmod=755 docker/ready /usr/local/bin/ready

# The number, not the name: Kubernetes can not tell from a name that it is not root's.
USER 10001:10001
ENV EMULATOR_HOST=0.0.0.0 EMULATOR_LOG=requests
# HTTP; AutoSend's SMTP relay, with EMULATOR_SMTP_PORT=2525 and EMULATOR_SMTPS_PORT=2465
EXPOSE 4610 2525 2465
# With EMULATOR_DATA=/data the state is kept here; without it, in memory.
VOLUME /data
HEALTHCHECK --start-period=30s --start-interval=1s --interval=30s --timeout=3s --retries=3 CMD ["ready"]
ENTRYPOINT ["emulator"]
CMD ["serve"]

ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Messaging emulator" \
      org.opencontainers.image.description="An emulator of the HTTP APIs of Altcraft, RCS (One API) and AutoSend, for tests" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
