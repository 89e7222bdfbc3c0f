import { expect, test } from 'vitest';
import { readMessage } from '../../../../gateway/socket/message-reader.js';
import { msgpackCodec } from '../../../../gateway/protocol/codec.js';

const refusedOf = (message: object): object => readMessage(msgpackCodec, msgpackCodec.encode(message), true);

test('[C2] a refusal carries the seq or the id that was sent', () => {
  expect(refusedOf({ t: 'event', seq: 7, e: 'no_such' })).toMatchObject({ ok: false, seq: 7 });
  expect(refusedOf({ t: 'rank', id: 'r1' })).toMatchObject({ ok: false, id: 'r1' });
});

test('[C2] a refusal carries no number that JSON or a counter has no room for', () => {
  for (const seq of [NaN, Infinity, 2 ** 60, 1.5])
    expect(refusedOf({ t: 'event', seq, e: 'view_item', item: 'a' })).toMatchObject({ seq: undefined });
  for (const id of [NaN, Infinity]) expect(refusedOf({ t: 'rank', id })).toMatchObject({ id: undefined });
});
