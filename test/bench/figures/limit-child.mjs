// One part of the limit, in a process of its own: `limit-child.mjs echo|step|put DIST WORK`, forked by limit.mjs.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { open } from 'lmdb';

const [name, dist, work] = process.argv.slice(2);
const built = (path) => import(pathToFileURL(join(dist, path)));

/** Clicks that share a run of the model, and a commit: about what a tick holds at 6,500 clicks a second. */
const BATCH = 16;
const ROUNDS = 400;
const WARM_UP = 50;
/** What the journal of a click takes. */
const PUT_BYTES = 120;

/** CPU microseconds a click of `ROUNDS` rounds of `BATCH` clicks. */
async function cpuUs(round) {
  for (let i = 0; i < WARM_UP; i++) await round(i);
  const before = process.cpuUsage();
  for (let i = 0; i < ROUNDS; i++) await round(WARM_UP + i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (ROUNDS * BATCH);
}

async function step() {
  const { createSession, floatTensor, intTensor } = await built('model/onnx/onnx-session.js');
  const path = new URL('../../../model/bundles/demo/step.onnx', import.meta.url);
  const session = await createSession(readFileSync(path));
  const feeds = Object.fromEntries(session.inputs.map((port) => [port.name, tensorOf(port)]));
  return cpuUs(() => session.runNow(feeds));

  function tensorOf({ type, shape }) {
    const dims = shape.map((size) => (typeof size === 'number' ? size : BATCH));
    const size = dims.reduce((product, dim) => product * dim, 1);
    return type === 'int32'
      ? intTensor(new Int32Array(size), dims)
      : floatTensor(
          Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
          dims,
        );
  }
}

async function put() {
  const folder = mkdtempSync(join(work, 'put-'));
  const root = open({ path: join(folder, 'data.mdb'), noSubdir: true, overlappingSync: false });
  const table = root.openDB('clicks', { encoding: 'binary', keyEncoding: 'uint32' });
  const us = await cpuUs((round) => {
    const puts = [];
    for (let i = 0; i < BATCH; i++) puts.push(table.put(round * BATCH + i, Buffer.alloc(PUT_BYTES, i)));
    return Promise.all(puts);
  });
  await root.close();
  rmSync(folder, { recursive: true });
  return us;
}

/** A WebSocket server on the library of the gateway, which has every answer ready and writes its `seq` into it. */
async function echo() {
  const { loadUws } = await built('gateway/server/uws/uws.js');
  const { msgpackCodec } = await built('gateway/protocol/codec.js');
  const uws = loadUws();
  const ids = Array.from({ length: 20 }, (_, i) => `${10_000_000 + i}`);
  const list = {
    t: 'recs',
    slot: 'home',
    rev: 30e9,
    model: 'demo@1',
    ids,
    scores: ids.map((_, i) => 5 - i / 7),
  };
  const big = 0xf0000000;
  const [listFrame, ackFrame] = [
    { ...list, cause: big },
    { t: 'ack', seq: big },
  ].map((message) => Buffer.from(msgpackCodec.encode(message)));
  const welcome = msgpackCodec.encode({
    t: 'welcome',
    session: 's',
    user: 'u',
    seq: 0,
    rev: 1,
    model: 'demo@1',
  });
  const app = uws.App();
  app.ws('/v1/ws', {
    open: (socket) => (socket.getUserData().seq = 0),
    message: (socket, bytes) => {
      const data = socket.getUserData();
      const seq = data.seq++;
      if (seq === 0) {
        socket.send(welcome, true);
        socket.send(msgpackCodec.encode({ ...list, cause: 0 }), true);
        return;
      }
      // Reads the click, as a server has to.
      if (!msgpackCodec.decode(new Uint8Array(bytes)).ok) return socket.close();
      listFrame.writeUInt32BE(seq, listFrame.length - 4);
      ackFrame.writeUInt32BE(seq, ackFrame.length - 4);
      socket.cork(() => {
        socket.send(listFrame, true);
        socket.send(ackFrame, true);
      });
    },
  });
  app.get('/v1/items', (response) =>
    response.end(JSON.stringify({ items: ids.map((id) => ({ id })), total: 20 })),
  );
  app.any('/*', (response) => response.end(''));
  app.listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) =>
    process.send({ url: `http://127.0.0.1:${uws.us_socket_local_port(socket)}` }),
  );
}

if (name === 'echo') await echo();
else process.send({ us: await (name === 'step' ? step() : put()) }, () => process.exit(0));
