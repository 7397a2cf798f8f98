# The image of cmu-proxy: no shell, no package manager, no root.
#
#   docker build -t cmu-proxy .          and see docs/operations.md for a `docker run` that is right
#
# The same commit on the same bases gives the same digest, where the builder is told when: SOURCE_DATE_EPOCH and
# `rewrite-timestamp=true` (BuildKit), `--timestamp` (buildah).
#
# Both bases can be replaced, as by a mirror's or by one of your own with Node.js 24 (`npm run image:verify` does so).
# A private npm registry: --secret id=npmrc,src=$HOME/.npmrc
ARG BASE_BUILD=node:24-slim
ARG BASE_RUN=gcr.io/distroless/nodejs24-debian12

# What is built is the same for every platform: it is built on the builder's own.
FROM --platform=$BUILDPLATFORM ${BASE_BUILD} AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No package's own install script runs, neither here nor below.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts ./scripts/
COPY scripts/build ./scripts/build
COPY src ./src
RUN npm run build

# What the bundle may be made of: the build takes code from production dependencies only. They are listed here, and
# stay here.
FROM --platform=$BUILDPLATFORM ${BASE_BUILD} AS production
# The bill of materials takes the application's name from the folder.
WORKDIR /packages/cmu-proxy
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY scripts/third-party-notices.ts scripts/sbom.ts /packages/
WORKDIR /build/cmu-proxy
COPY LICENSE package.json package-lock.json ./
# Without the development dependencies' names first: told to omit them, npm also leaves out what both kinds need.
RUN cd /packages/cmu-proxy && npm pkg delete devDependencies scripts && cp package.json /build/cmu-proxy \
    && npm sbom --sbom-format=cyclonedx --sbom-type=application | node /packages/sbom.ts > /build/cmu-proxy/sbom.cdx.json \
    && node /packages/third-party-notices.ts node_modules > /build/cmu-proxy/THIRD-PARTY-NOTICES.txt
COPY --from=build /src/dist ./dist
# Without what only compilers and debuggers read. Anyone may read here, nobody may write.
RUN find . -type f \( -name '*.d.ts' -o -name '*.map' \) -delete && find . -type d -empty -delete \
    && chmod -R u=rwX,go=rX . && install -d -m 0700 -o 65532 -g 65532 /build/state

# Nothing runs in the image while it is built: neither does its digest depend on that, nor does another platform need
# emulation.
FROM ${BASE_RUN}
# Distroless keeps its node outside the usual folders.
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
WORKDIR /app
COPY --from=production /build/cmu-proxy ./
COPY --from=production --chown=65532:65532 /build/state /var/lib/cmu-proxy

# NODE_OPTIONS is for tuning, and yours to replace: by itself Node gives V8 at least 256 MiB of heap in any container,
# so that one of 128 or 256 MiB is killed before the garbage collector sees a reason to work; and up to 128 MiB for
# young objects on top (here: 48 at most).
ENV NODE_ENV=production \
    NODE_OPTIONS="--max-old-space-size-percentage=50 --max-semi-space-size=16" \
    CMU_PROXY_STATE_DIR=/var/lib/cmu-proxy

# Numeric, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 65532:65532
VOLUME ["/var/lib/cmu-proxy"]
EXPOSE 8080 9901
STOPSIGNAL SIGTERM

# Alive rather than ready: whoever restarts unhealthy containers would heal no outage at Adobe that way.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "/app/dist/healthcheck.js", "/livez"]

# These guard secrets and stay whatever NODE_OPTIONS says: no debugger for whoever may send signals, no environment
# (it can hold the statement) in a diagnostic report, no prototype reached through __proto__. Reports, heap snapshots
# and core dumps on abort are off by default, and nothing here turns them on. The permission model stays off: it
# forbids fsync, which the state file needs.
ENTRYPOINT ["node", "--disable-sigusr1", "--report-exclude-env", "--report-exclude-network", "--disable-proto=delete", "/app/dist/main.js"]
CMD ["serve"]

ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="cmu-proxy" \
      org.opencontainers.image.description="Authenticating sidecar proxy for the Adobe Pass Concurrency Monitoring Usage (CMU) API" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.created="${CREATED}"
