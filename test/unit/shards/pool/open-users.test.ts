import { expect, test } from 'vitest';
import { OpenUsers } from '../../../../shards/pool/open-users.js';
import { named } from '../../../../shards/store/user-key.js';
import { handledRun } from '../../../support/shards/handled-run.js';

const ANN = named('ann');

async function opening() {
  const { handle, ready, sink, told } = handledRun();
  const started = handle.start();
  ready();
  await started;
  const opened = new OpenUsers([handle]).open(ANN, 's', { isExact: true, sent: 11 });
  const [call] = told;
  if (call.op !== 'open') throw new Error(`told "${call.op}"`);
  return { opened, call, sink };
}

test('what another connection of the session sent, applied between the answer and its arrival, is in the lists of who opens it', async () => {
  const { opened, call, sink } = await opening();
  sink.begin();
  sink.reply({ op: 'opened', call: call.call, seq: 10, rev: 7, isMerged: false });
  sink.applied(call.session, 11);
  sink.end();
  expect(await opened).toMatchObject({ seq: 10, applied: 11 });
});

test('what a session is told to have applied counts as it is told when nothing else was heard', async () => {
  const { opened, call, sink } = await opening();
  sink.begin();
  sink.applied(call.session, 9);
  sink.reply({ op: 'opened', call: call.call, seq: 8, applied: 10, rev: 7, isMerged: false });
  sink.end();
  expect(await opened).toMatchObject({ seq: 8, applied: 10 });
});
