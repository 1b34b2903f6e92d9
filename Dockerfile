FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY emulator emulator
COPY fixtures fixtures
RUN python -m pip wheel --no-cache-dir -q -c constraints.txt -w /wheels .

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    python -m pip install --no-cache-dir -q --no-index --find-links /wheels messaging-emulator \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin emulator \
    && install -d -o emulator /data
USER emulator
ENV EMULATOR_HOST=0.0.0.0
EXPOSE 4610
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s --retries=5 CMD ["emulator", "readyz"]
ENTRYPOINT ["emulator"]
CMD ["serve"]
