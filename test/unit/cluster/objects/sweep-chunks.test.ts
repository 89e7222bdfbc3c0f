import { expect, test } from 'vitest';
import { chunksSubject, metaSubject } from '../../../../cluster/objects/object-reads.js';
import { sweepChunks } from '../../../../cluster/objects/sweep-chunks.js';
import { FakeObjectStream } from '../../../support/cluster/fake-object-stream.js';

const BUCKET = 'B';
const HOUR_MS = 3_600_000;

function parts(stream: FakeObjectStream, id: string): void {
  stream.store(chunksSubject(BUCKET, id), 'part');
}

function describe(stream: FakeObjectStream, name: string, nuid: string): void {
  stream.store(metaSubject(BUCKET, name), JSON.stringify({ nuid, chunks: 1 }));
}

async function leftIds(stream: FakeObjectStream): Promise<string[]> {
  return (await stream.subjects(chunksSubject(BUCKET, '*'))).map((subject) => subject.split('.')[3]);
}

test('parts of an upload that ended in the middle go after an hour, those of objects and of uploads that run stay', async () => {
  const stream = new FakeObjectStream();
  parts(stream, 'whole');
  describe(stream, 'name', 'whole');
  parts(stream, 'left');
  parts(stream, 'running');
  stream.nowMs = HOUR_MS;
  parts(stream, 'running');
  expect(await sweepChunks(stream, BUCKET, () => stream.nowMs)).toBe(1);
  expect(await leftIds(stream)).toEqual(['whole', 'running']);
});

test('an upload that is finished while parts are swept keeps its own', async () => {
  const stream = new FakeObjectStream();
  parts(stream, 'slow');
  stream.nowMs = HOUR_MS;
  let asked = 0;
  stream.beforeLeader = () => {
    if (++asked === 2) describe(stream, 'name', 'slow');
  };
  expect(await sweepChunks(stream, BUCKET, () => stream.nowMs)).toBe(0);
  expect(await leftIds(stream)).toEqual(['slow']);
});

test('nothing is swept where nobody leads; a description that cannot be read keeps nothing else from it', async () => {
  const stream = new FakeObjectStream();
  parts(stream, 'left');
  parts(stream, 'whole');
  describe(stream, 'name', 'whole');
  for (const [i, text] of ['{', '7', '{"nuid":3}', ''].entries())
    stream.store(metaSubject(BUCKET, `broken-${i}`), text);
  stream.nowMs = HOUR_MS;
  const sweeping = (): Promise<number> => sweepChunks(stream, BUCKET, () => stream.nowMs);
  stream.hasLeader = false;
  await expect(sweeping()).rejects.toThrow('unavailable');
  stream.hasLeader = true;
  expect(await sweeping()).toBe(1);
  expect(await leftIds(stream)).toEqual(['whole']);
});
