// A gateway that does nothing but answer: `node instant-gateway.mjs` prints its address. Every click has its list and its ack in
// one write, from frames made before. What a load generator measures of it is the generator's own.
import { createServer } from 'node:net';
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, variableMapSize: true });
const ITEMS = Array.from({ length: 1_000 }, (_, i) => `item-${i}`);
const LIST = {
  t: 'recs',
  slot: 'home',
  rev: 1,
  ids: ITEMS.slice(0, 20),
  scores: ITEMS.slice(0, 20).map((_, i) => 5 - i / 7),
  model: 'instant@1',
};

/** A server's frame of a whole message, of 126 bytes or more. */
function frame(message) {
  const bytes = packr.pack(message);
  const head = bytes.length < 126 ? [0x82, bytes.length] : [0x82, 126, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.from(head), bytes]);
}

const welcome = { t: 'welcome', session: 's', user: 'u', seq: 0, rev: 1, model: 'instant@1' };
const opening = Buffer.concat([frame(welcome), frame({ ...LIST, cause: 0 })]);
/** List and ack; `cause` and `seq`, both uint32 and last of their messages, are written into copies. */
const BIG = 0xf0000000;
const answer = Buffer.concat([frame({ ...LIST, cause: BIG }), frame({ t: 'ack', seq: BIG })]);
const PLACES = [answer.indexOf('cause') + 6, answer.length - 4];

function answerTo(seq) {
  const bytes = Buffer.from(answer);
  for (const at of PLACES) bytes.writeUInt32BE(seq, at);
  return bytes;
}

const page = (url) => {
  const { searchParams } = new URL(url, 'http://x');
  const offset = Number(searchParams.get('offset'));
  const ids = ITEMS.slice(offset, offset + Number(searchParams.get('limit')));
  return JSON.stringify({ items: ids.map((id) => ({ id })) });
};

const server = createServer((socket) => {
  let isOpen = false;
  let seq = 0;
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    if (!isOpen) return head(bytes);
    const answers = [];
    for (let at = 0; at < bytes.length; at += 6 + (bytes[at + 1] & 127)) {
      if ((bytes[at] & 15) === 8) return socket.end();
      // Anything but the hello is a click; clicks are numbered from 1.
      if (!bytes.subarray(at, at + 20).includes('hello')) answers.push(answerTo(++seq));
      else answers.push(opening);
    }
    socket.write(answers.length === 1 ? answers[0] : Buffer.concat(answers));
  });

  function head(bytes) {
    const [, path] = bytes.toString('latin1').split(' ');
    if (path === '/v1/ws') {
      isOpen = true;
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      return;
    }
    const body = path.startsWith('/v1/items') ? page(path) : '';
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  }
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
