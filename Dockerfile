# syntax=docker/dockerfile:1

# The gateway with the demo bundle. docs/OPERATIONS.md says how to run it, and how these steps were checked.
#   docker build -t afterclick .
#   docker run --name afterclick -p 8080:8080 -v afterclick-data:/data -v afterclick-keys:/keys --stop-timeout 60 afterclick
# Its first start makes a secret for tokens in /keys; docker exec afterclick node dist/gateway/admin.js token make makes a token.
# It answers to addresses and localhost; other names it is asked by go into -e AFTERCLICK_HOSTS=name,name, pages of other
# origins into -e AFTERCLICK_ORIGINS=https://shop.example.

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc LICENSE ./
RUN npm ci
COPY tsconfig.json build.mjs build-sdk.mjs bundle-processes.mjs ./
COPY metrics ./metrics
COPY model ./model
COPY shards ./shards
COPY cluster ./cluster
COPY gateway ./gateway
COPY loadtest ./loadtest
RUN node build.mjs
# Packages carry their binaries for every platform, 530 MB of them: only this one's stay.
# LMDB's come for other versions of Node and another C library, too. ONNX Runtime in WebAssembly is not needed where the native
# one loads, nor is what only editors, bundlers, compilers and tests read, nor the forms of a package that Node does not take here:
# for browsers, and CommonJS where it is an ES module that is imported; nor the web servers that the library of the Model Context
# Protocol brings for others, nor what fetches ONNX Runtime at an install.
RUN npm prune --omit=dev \
  && arch="$(node -p process.arch)" abi="$(node -p process.versions.modules)" \
  && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -path "*/linux/$arch" -exec rm -r {} + \
  && find node_modules/@btc-vision/uwebsockets.js -name 'uws_*.node' ! -name "uws_linux_${arch}_${abi}.node" -delete \
  && find node_modules/@lmdb -name '*.node' ! -name "node.abi${abi}.glibc.node" ! -name node.napi.glibc.node -delete \
  && rm -r node_modules/onnxruntime-web node_modules/lmdb/dependencies node_modules/bintrees/test \
  && find node_modules/@opentelemetry -type d \( -name esm -o -name esnext \) -prune -exec rm -r {} + \
  && (cd node_modules && rm -rf luxon/src luxon/build/global luxon/build/amd luxon/build/cjs-browser luxon/build/node csv-parse/dist \
    protobufjs/dist @modelcontextprotocol/sdk/dist/cjs hono/dist/cjs hono/dist/types minisearch/src minisearch/dist/umd \
    minisearch/dist/cjs pako/dist lru-cache/dist/commonjs vader-sentiment/src bufferutil utf-8-validate node-addon-api lmdb/dist msgpackr/dist \
    lmdb/node_modules/msgpackr/dist onnxruntime-node/script adm-zip global-agent express express-rate-limit hono @hono \
    body-parser iconv-lite qs type-is accepts ip-address) \
  && find node_modules/zod -name '*.cjs' -delete \
  && find node_modules/@opentelemetry/semantic-conventions/dist \( -name 'experimental_*' -o -name '*incubating*' \) -delete \
  && find node_modules -type d \( -name test -o -name tests \) -prune -exec rm -r {} + \
  && find node_modules -type f \( -name '*.c' -o -name '*.cc' -o -name '*.cpp' -o -name '*.h' -o -name '*.gyp' -o -name '*.gypi' \) -delete \
  && find dist \( -name '*.map' -o -name '*.d.ts' \) -delete \
  && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \) -delete \
  && find node_modules -type d -empty -delete
# The image runs as another user than this one, whatever the modes of the files that it is built from.
RUN chmod -R a+rX package.json LICENSE node_modules dist model/bundles model/encoders

FROM node:24-trixie-slim
LABEL org.opencontainers.image.title="Afterclick" \
      org.opencontainers.image.description="A real-time personalization gateway: a click in, a fresh list of recommendations out." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/node:24-trixie-slim"
ENV NODE_ENV=production \
    ORT_DISABLE_TELEMETRY=1 \
    UV_THREADPOOL_SIZE=16 \
    GLIBC_TUNABLES=glibc.malloc.mmap_threshold=1048576:glibc.malloc.trim_threshold=4194304 \
    AFTERCLICK_HOST=0.0.0.0 \
    AFTERCLICK_PORT=8080 \
    AFTERCLICK_DATA_DIR=/data \
    AFTERCLICK_TOKEN_SECRET_FILE=/keys/token.secret \
    AFTERCLICK_MASTER_KEY_FILE=/keys/master.key
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/model/bundles ./model/bundles
COPY --from=build /app/model/encoders ./model/encoders
# The volume takes the owner of the folder it is first mounted over.
RUN install -d -o node -g node /data && install -d -m 700 -o node -g node /keys
USER node
VOLUME /data /keys
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "process.env.NODE_TLS_REJECT_UNAUTHORIZED='0';fetch(`${process.env.AFTERCLICK_TLS_CERT ? 'https' : 'http'}://127.0.0.1:${Number(process.env.AFTERCLICK_PORT) || 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--single-threaded-gc", "dist/gateway/main.js"]
