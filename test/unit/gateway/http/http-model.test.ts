import { expect, test } from 'vitest';
import { HttpModel } from '../../../../gateway/http/http-model.js';
import type { ModelControl, SwapOutcome } from '../../../../gateway/models/model-control.js';
import type { HttpCall } from '../../../../gateway/server/http-call.js';

const swapped = { model: 'lamps@2' } as unknown as SwapOutcome;
const worse = { code: 'bundle_worse', detail: 'it finds less' } as unknown as SwapOutcome;

async function posted(body: object, outcome = swapped): Promise<Record<string, unknown>> {
  const asked: unknown[] = [];
  const models = { swap: (plan: unknown) => (asked.push(plan), Promise.resolve(outcome)) };
  const http = new HttpModel(models as unknown as ModelControl, () => 0);
  const call = { contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
  const reply = await http.post(call as Partial<HttpCall> as HttpCall);
  expect(asked).toEqual([{ bundle: 'lamps', force: false }]);
  return JSON.parse(String(reply.body)) as Record<string, unknown>;
}

test('a misspelt field is told of, and any other that is none of its own', async () => {
  expect(await posted({ bundle: 'lamps', forec: true })).toMatchObject({
    model: 'lamps@2',
    hint: 'model has no field "forec", which is ignored; did you mean force?',
  });
  expect(await posted({ bundle: 'lamps', quickly: true })).toMatchObject({
    hint: 'model has no field "quickly", which is ignored',
  });
  expect(await posted({ bundle: 'lamps' })).not.toHaveProperty('hint');
});

test('also when the bundle is refused: the field may be why', async () => {
  expect(await posted({ bundle: 'lamps', Force: true }, worse)).toMatchObject({
    code: 'bundle_worse',
    hint: expect.stringContaining('did you mean force?') as unknown,
  });
});
