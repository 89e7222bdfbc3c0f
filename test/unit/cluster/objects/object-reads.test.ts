import { Base64UrlPaddedCodec } from '@nats-io/obj/internal';
import { expect, test } from 'vitest';
import {
  chunksSubject,
  metaSubject,
  objectOfMeta,
  ObjectReads,
} from '../../../../cluster/objects/object-reads.js';
import { FakeObjectStream } from '../../../support/cluster/fake-object-stream.js';

const BUCKET = 'B';

/** Reads of a bucket with an object of three parts; `paused` is called in place of each pause. */
function bucketOf(paused: (stream: FakeObjectStream) => void = () => undefined): {
  readonly stream: FakeObjectStream;
  readonly text: (name: string) => Promise<string>;
  readonly pauses: () => number;
} {
  const stream = new FakeObjectStream();
  for (const part of ['one ', 'two ', 'three']) stream.store(chunksSubject(BUCKET, 'id'), part);
  stream.store(metaSubject(BUCKET, 'name'), JSON.stringify({ nuid: 'id', chunks: 3 }));
  let pauses = 0;
  const reads = new ObjectReads(BUCKET, stream, async () => {
    pauses++;
    paused(stream);
  });
  const text = async (name: string): Promise<string> => {
    const parts: Uint8Array[] = [];
    for await (const part of reads.read(name)) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  return { stream, text, pauses: () => pauses };
}

test('an object is read while its stream has no leader, from any replica', async () => {
  const { stream, text, pauses } = bucketOf();
  stream.hasLeader = false;
  expect(await text('name')).toBe('one two three');
  expect(pauses()).toBe(0);
});

test('the leader gives what the replica that answers does not have', async () => {
  const { stream, text, pauses } = bucketOf();
  stream.isReplicaEmpty = true;
  expect(await text('name')).toBe('one two three');
  expect(pauses()).toBe(0);
});

test('what neither a replica nor the leader has is gone at once', async () => {
  const { stream, text, pauses } = bucketOf();
  await expect(text('other')).rejects.toThrow('there is no object other');
  await stream.purge(chunksSubject(BUCKET, 'id'));
  await expect(text('name')).rejects.toThrow('is gone');
  expect(pauses()).toBe(0);
});

test('an object whose description cannot be read is none, which is said', async () => {
  const { stream, text } = bucketOf();
  stream.store(metaSubject(BUCKET, 'broken'), '{"nuid":');
  await expect(text('broken')).rejects.toThrow('no object broken, or what is said of it cannot be read');
});

test('a replica that is behind is waited for until there is a leader', async () => {
  const { stream, text, pauses } = bucketOf((waiting) => {
    waiting.hasLeader = true;
  });
  stream.hasLeader = false;
  stream.isReplicaEmpty = true;
  expect(await text('name')).toBe('one two three');
  expect(pauses()).toBe(1);
});

test('a stream whose leader does not come back is given up after 20 s', async () => {
  const { stream, text, pauses } = bucketOf();
  stream.hasLeader = false;
  stream.isReplicaEmpty = true;
  await expect(text('name')).rejects.toThrow('no leader');
  expect(pauses()).toBe(80);
});

test('descriptions are where the library puts them, whatever the length of a name', () => {
  for (const name of ['a', 'ab', 'abc', '1.1.x~?']) {
    const subject = metaSubject(BUCKET, name);
    expect(subject).toBe(`$O.${BUCKET}.M.${Base64UrlPaddedCodec.encode(name)}`);
    expect(objectOfMeta(subject)).toBe(name);
  }
});
