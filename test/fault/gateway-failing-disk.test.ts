import { expect, onTestFinished, test } from 'vitest';
import { startGateway, temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';
import { patientlyUntil } from '../support/patience.js';
import { FailingDisk } from '../support/disk/failing-disk.js';

const CLICKS_BEFORE = 40;
const WAITS = { everyMs: 20, ms: 15_000 };

function start(dataDir: string, disk: FailingDisk): Promise<BuiltGateway> {
  return startGateway({
    env: {
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_ITEMS_MAX: '1024',
      AFTERCLICK_CHECKPOINT_MS: '100',
      AFTERCLICK_LOG_LEVEL: 'warn',
      ...disk.variables,
    },
  });
}

/** Searches one after the other, and which of them were acknowledged. */
class Searcher {
  readonly acknowledged: object[] = [];
  readonly #url: string;
  #count = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** False when it was not acknowledged. */
  async search(): Promise<boolean> {
    const number = this.#count++;
    const event = { user: `user-${number % 7}`, id: `search-${number}`, e: 'search', query: 'red lamp' };
    const { status } = await callJson(this.#url, 'POST', '/v1/events', event).catch(() => ({ status: 0 }));
    if (status === 200) this.acknowledged.push(event);
    return status === 200;
  }
}

/** What a supervisor sees: how the process ended, or what `readyz` says. */
async function seenOf({ url, process }: BuiltGateway): Promise<string> {
  let seen = '';
  const isSeen = async (): Promise<boolean> => {
    const answer = await callJson(url, 'GET', '/readyz').catch(() => undefined);
    if (answer?.status === 503) seen = String(answer.body['code']);
    if (process.signalCode !== null) seen = process.signalCode;
    else if (process.exitCode !== null) seen = `exit ${process.exitCode}`;
    return seen !== '';
  };
  await patientlyUntil(isSeen, WAITS);
  return seen;
}

test.each([0, 1, 2, 4])(
  '[D1] a disk that fails from the write of the tables after %i more on: nothing acknowledged is lost, and a start says what to do',
  async (skip) => {
    const dataDir = temporaryFolder();
    const disk = new FailingDisk(temporaryFolder(), 'shard-0/data.mdb');
    const gateway = await start(dataDir, disk);
    onTestFinished(() => gateway.kill());
    const searcher = new Searcher(gateway.url);
    for (let i = 0; i < CLICKS_BEFORE; i++) expect(await searcher.search()).toBe(true);
    disk.fail('write', 'EIO', { skip });
    await patientlyUntil(async () => !(await searcher.search()), WAITS);
    // LMDB may end the process when a write of its own fails; else the gateway goes on, not ready, and never calls such a disk full.
    expect(await seenOf(gateway)).toMatch(/^(SIGABRT|SIGSEGV|exit 1|disk_failing|shard_restarting)$/);
    await gateway.kill();

    const refusal = await start(dataDir, disk).then(
      () => 'it started',
      (error: Error) => error.message,
    );
    expect(refusal).toContain('The gateway ended with 2 ');
    expect(refusal).toMatch(/data_folder_unreadable.*shard-0.*dmesg.*Nothing says that/s);
    expect(refusal).not.toMatch(/It is damaged|restore/);

    disk.heal();
    const healed = await start(dataDir, disk);
    onTestFinished(() => healed.kill());
    const { body } = await callJson(healed.url, 'POST', '/v1/events', searcher.acknowledged);
    const states = (body['results'] as { status: string }[]).map(({ status }) => status);
    expect(new Set(states)).toEqual(new Set(['duplicate']));
    expect(await healed.stop()).toBe(0);
  },
  120_000,
);

test('[D1] a disk that has room and takes nothing of the journal is failing and not full, readyz says why, and all goes on once it takes it', async () => {
  const dataDir = temporaryFolder();
  const disk = new FailingDisk(temporaryFolder(), '.segment');
  const gateway = await start(dataDir, disk);
  onTestFinished(() => gateway.kill());
  const searcher = new Searcher(gateway.url);
  for (let i = 0; i < CLICKS_BEFORE; i++) expect(await searcher.search()).toBe(true);
  disk.fail('write', 'EIO');
  await patientlyUntil(async () => !(await searcher.search()), WAITS);
  const { status, body } = await callJson(gateway.url, 'GET', '/readyz');
  expect([status, body['code']]).toEqual([503, 'disk_failing']);
  // The shard's own words come a moment after everybody can see that it waits.
  const detail = async () => String((await callJson(gateway.url, 'GET', '/readyz')).body['detail']);
  const words = /has room and yet .*EIO.*dmesg.*Nothing acknowledged is lost/s;
  expect(await patientlyUntil(async () => words.test(await detail()), WAITS)).toBe(true);
  const known = searcher.acknowledged.length;
  disk.heal();
  const isReady = async () => (await callJson(gateway.url, 'GET', '/readyz')).status === 200;
  expect(await patientlyUntil(isReady, WAITS)).toBe(true);
  expect(await patientlyUntil(() => searcher.search(), WAITS)).toBe(true);
  expect(searcher.acknowledged.length).toBeGreaterThan(known);
  await gateway.kill();
  const again = await start(dataDir, disk);
  onTestFinished(() => again.kill());
  const answer = await callJson(again.url, 'POST', '/v1/events', searcher.acknowledged);
  const states = (answer.body['results'] as { status: string }[]).map((result) => result.status);
  expect(new Set(states)).toEqual(new Set(['duplicate']));
}, 120_000);
