import { expect, test } from 'vitest';
import { EXPORTS_MAX, UserExports } from '../../../../gateway/calls/user-exports.js';
import { named, OverloadedError, type UserGraph } from '../../../../shards/api.js';

const NAMES = {
  idOf: String,
  titleOf: String,
  categoryOf: String,
  brandOf: String,
  attributesOf: () => [],
  communityOf: () => undefined,
};
const EMPTY: UserGraph = {
  atMs: 5,
  nodes: [],
  edges: [],
  interests: [],
  consent: { personalise: true, learn: true },
  segments: [],
  session: [],
};

function exportsOf(graph: Promise<UserGraph>): UserExports {
  const exportOf = async function* () {
    yield { events: [], kept: { state: Uint8Array.of(1, 2), sessions: [] } };
  };
  return new UserExports({ graph: () => graph, exportOf }, NAMES);
}

async function read(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

test('an export counts from when it is asked for until it is read', async () => {
  const exports = exportsOf(Promise.resolve(EMPTY));
  const asked = Array.from({ length: EXPORTS_MAX }, () => exports.write(named('ada')));
  expect(exports.isFull).toBe(true);
  const [first, ...others] = await Promise.all(asked);
  expect(exports.isFull).toBe(true);
  const text = await read(first);
  expect(JSON.parse(text)).toEqual({
    atMs: 5,
    graph: { nodes: [], edges: [] },
    state: 'AQI=',
    events: [],
    sessions: [],
  });
  expect(exports.isFull).toBe(false);
  for (const pieces of others) await read(pieces);
});

test('an export that nobody reads gives its place back when it is returned', async () => {
  const exports = exportsOf(Promise.resolve(EMPTY));
  for (let i = 0; i < EXPORTS_MAX; i++) await (await exports.write(named('ada'))).return(undefined);
  expect(exports.isFull).toBe(false);
});

test('so does one whose graph cannot be told', async () => {
  const exports = exportsOf(Promise.reject(new OverloadedError('busy')));
  for (let i = 0; i < EXPORTS_MAX; i++)
    await expect(exports.write(named('ada'))).rejects.toThrow(OverloadedError);
  expect(exports.isFull).toBe(false);
});
