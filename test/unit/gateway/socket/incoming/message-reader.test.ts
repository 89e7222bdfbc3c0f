import { expect, test } from 'vitest';
import { readEnvelope, readMessage } from '../../../../../gateway/socket/incoming/message-reader.js';
import { jsonCodec, msgpackCodec } from '../../../../../gateway/protocol/codec.js';

const refusedOf = (message: object): object => readMessage(msgpackCodec, msgpackCodec.encode(message), true);

test('[C2] a refusal carries the seq or the id that was sent', () => {
  expect(refusedOf({ t: 'event', seq: 7, e: 'no_such' })).toMatchObject({ ok: false, envelope: { seq: 7 } });
  expect(refusedOf({ t: 'rank', id: 'r1' })).toMatchObject({ ok: false, envelope: { id: 'r1' } });
});

test('[C2] a refusal carries no number that JSON or a counter has no room for', () => {
  for (const seq of [NaN, Infinity, 2 ** 60, 1.5])
    expect(refusedOf({ t: 'event', seq, e: 'view_item', item: 'a' })).toMatchObject({
      envelope: { seq: undefined },
    });
  for (const id of [NaN, Infinity])
    expect(refusedOf({ t: 'rank', id })).toMatchObject({ envelope: { id: undefined } });
});

test('[C2] a text that is not valid Unicode refuses the message that it is in, by its seq or id', () => {
  const json = (text: string) => readMessage(jsonCodec, Buffer.from(text), false);
  expect(json('{"t":"event","seq":7,"e":"search","query":"\\ud83d"}')).toEqual({
    ok: false,
    problem: { code: 'invalid_field', message: 'query is not valid Unicode' },
    envelope: { type: 'event', seq: 7, id: undefined },
  });
  expect(json('{"t":"rank","id":"r1","candidates":["\\ud83d"]}')).toMatchObject({
    problem: { message: 'candidates.0 is not valid Unicode' },
    envelope: { id: 'r1' },
  });
});

test('[C2] an id that is broken, or long, is not sent back', () => {
  const given = [`{"t":"ping","id":"\\ud83d"}`, `{"t":"rank","id":"${'x'.repeat(200)}"}`];
  for (const text of given)
    expect(readMessage(jsonCodec, Buffer.from(text), false)).toMatchObject({
      ok: false,
      envelope: { id: undefined },
    });
});

test('[B2] what is refused whatever it says is not checked, and still has its seq or id', () => {
  const read = (message: object) => readEnvelope(msgpackCodec, msgpackCodec.encode(message), true);
  expect(read({ t: 'event', seq: 7, e: 'no_such' })).toEqual({
    ok: true,
    envelope: { type: 'event', seq: 7, id: undefined },
  });
  expect(read({ t: 'rank', id: 'r1' })).toMatchObject({ ok: true, envelope: { type: 'rank', id: 'r1' } });
  expect(readEnvelope(jsonCodec, Buffer.from('{'), false)).toMatchObject({ ok: false });
});
