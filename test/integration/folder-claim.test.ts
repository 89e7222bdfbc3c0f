import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { claimFolder } from '../../gateway/start/folder-claim.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { startGateway } from '../support/gateway/built-gateway.js';

const root = mkdtempSync(join(tmpdir(), 'afterclick-claim-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test.runIf(process.platform === 'linux')('a claimed folder is refused until it is released', async () => {
  const folder = join(root, 'made', 'by-the-claim');
  const first = await claimFolder(folder);
  const refusal = await claimFolder(folder).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StartupError);
  expect(refusal).toMatchObject({ code: 'data_folder_in_use' });
  (await claimFolder(join(root, 'another'))).release();
  first.release();
  (await claimFolder(folder)).release();
});

test.runIf(process.platform === 'linux')(
  'a second gateway on one folder refuses to start, and the first one goes on',
  async () => {
    const none = { AFTERCLICK_BUNDLE: 'none' };
    const first = await startGateway({ env: none });
    const env = { ...none, AFTERCLICK_DATA_DIR: first.dataDir };
    await expect(startGateway({ env })).rejects.toThrow('data_folder_in_use');
    const answer = await fetch(`${first.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'ada', id: 'e1', e: 'search', query: 'red lamp' }),
    });
    expect(await answer.json()).toMatchObject({ results: [{ status: 'applied' }] });
    await first.kill();
    const next = await startGateway({ env });
    expect(await next.stop()).toBe(0);
  },
);
