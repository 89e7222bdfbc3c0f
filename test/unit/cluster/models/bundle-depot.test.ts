import { expect, test } from 'vitest';
import { BundleDepot } from '../../../../cluster/models/bundle-depot.js';
import type { ObjectBucket } from '../../../../cluster/objects/object-bucket.js';
import { chunksSubject, metaSubject, objectOfMeta } from '../../../../cluster/objects/object-reads.js';
import { sweepChunks } from '../../../../cluster/objects/sweep-chunks.js';
import { FakeObjectStream } from '../../../support/cluster/fake-object-stream.js';

const BUCKET = 'B';
const HOUR_MS = 3_600_000;

/** A bucket of what the stream has: names, and what is swept. */
function bucketOn(stream: FakeObjectStream): ObjectBucket {
  const names = async (): Promise<string[]> => (await stream.subjects(`$O.${BUCKET}.M.*`)).map(objectOfMeta);
  const remove = (name: string): Promise<void> => stream.purge(metaSubject(BUCKET, name));
  const sweep = (nowMs: () => number): Promise<number> => sweepChunks(stream, BUCKET, nowMs);
  return { names, remove, sweep } as Partial<ObjectBucket> as ObjectBucket;
}

test('bundles that serve no more go, with what killed uploads have left of any; a young upload stays', async () => {
  const stream = new FakeObjectStream();
  for (const [fingerprint, id] of [
    ['old', '1'],
    ['new', '2'],
  ] as const) {
    stream.store(chunksSubject(BUCKET, id), 'part');
    stream.store(
      metaSubject(BUCKET, `${fingerprint}/manifest.json`),
      JSON.stringify({ nuid: id, chunks: 1 }),
    );
  }
  stream.store(chunksSubject(BUCKET, 'left'), 'part');
  stream.nowMs = HOUR_MS;
  stream.store(chunksSubject(BUCKET, 'young'), 'part');
  const bucket = bucketOn(stream);
  await new BundleDepot(bucket, () => stream.nowMs).keepOnly(new Set(['new']));
  expect(await bucket.names()).toEqual(['new/manifest.json']);
  const parts = await stream.subjects(chunksSubject(BUCKET, '*'));
  expect(parts).toEqual(['2', 'young'].map((id) => chunksSubject(BUCKET, id)));
});
