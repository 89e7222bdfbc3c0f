import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { claimFolder } from '../../gateway/start/folder-claim.js';
import type { AdminOutput } from '../../gateway/admin/run-admin.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { checkDataFolder, shardFolder, snapshotsFolder } from '../../shards/store/data-folder.js';
import { shardOf } from '../../shards/reshard/placement.js';
import { named } from '../../shards/store/user-key.js';
import { builtModule } from '../support/built.js';
import {
  startGateway,
  temporaryFolder as processFolder,
  type BuiltGateway,
} from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';
import { Shopper } from '../support/gateway/shopper.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

/** What a gateway left behind when it was killed. */
interface Made {
  readonly dataDir: string;
  /** A time between the 8th and the 9th click. */
  readonly between: string;
}

const SHARDS = 2;
/** Clicks of ann: before the snapshot, until the time between, and in all. */
const [BEFORE, UNTIL, ALL] = [5, 8, 12];
const NOW_MS = Date.parse('2030-01-01T00:00:00Z');

let made: Made;
let runAdmin: (argv: readonly string[], output: AdminOutput) => Promise<number>;

beforeAll(async () => {
  ({ runAdmin } = (await import(
    builtModule('gateway/admin/run-admin.js')
  )) as typeof import('../../gateway/admin/run-admin.js'));
  made = await makeFolder();
});

function envOf(dataDir: string): Record<string, string> {
  return {
    AFTERCLICK_DATA_DIR: dataDir,
    AFTERCLICK_SHARDS: `${SHARDS}`,
    AFTERCLICK_BUNDLE: 'none',
    AFTERCLICK_ITEMS_MAX: '1000',
    AFTERCLICK_LOG_LEVEL: 'silent',
    AFTERCLICK_SNAPSHOT_AT_END: 'off',
  };
}

async function makeFolder(): Promise<Made> {
  const dataDir = processFolder();
  const gateway = await startGateway({ env: envOf(dataDir) });
  const { url } = gateway;
  const items = Array.from({ length: 20 }, (_, i) => ({ id: `item-${i}`, category: `c${i % 3}` }));
  expect((await callJson(url, 'PUT', '/v1/items', items)).status).toBe(200);
  const ann = new Shopper('ann');
  await ann.connect(url);
  const clickUpTo = async (count: number) => {
    while (ann.clicks.length < count) {
      ann.click(`item-${ann.clicks.length}`);
      await ann.settled();
    }
  };
  const visit = { session: 'v-1', id: 'o-1', e: 'purchase', item: 'item-3', quantity: 1 };
  await callJson(url, 'POST', '/v1/events', [visit, { ...visit, session: undefined, user: 'bob' }]);
  await clickUpTo(BEFORE);
  expect((await callJson(url, 'POST', '/v1/snapshots', {})).status).toBe(201);
  await clickUpTo(UNTIL);
  const acknowledgedMs = Date.now();
  // The clock has to move on, so that there is a time between two commits.
  while (Date.now() < acknowledgedMs + 2) await new Promise((resolve) => setImmediate(resolve));
  await clickUpTo(ALL);
  await gateway.kill();
  return { dataDir, between: new Date(acknowledgedMs + 1).toISOString() };
}

/** A copy of what the gateway left, of this test's own. */
function copied(): string {
  const dataDir = join(temporaryFolder(), 'data');
  cpSync(made.dataDir, dataDir, { recursive: true });
  return dataDir;
}

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function admin(dataDir: string, ...argv: string[]): Promise<Said> {
  let [out, err] = ['', ''];
  const code = await runAdmin(argv, {
    env: envOf(dataDir),
    nowMs: () => NOW_MS,
    say: (line) => (out += `${line}\n`),
    complain: (text) => (err += text),
  });
  return { code, out: out.replaceAll(dataDir, 'DATA'), err: err.replaceAll(dataDir, 'DATA') };
}

/** The last `seq` of ann's session, in a folder that no gateway has. */
async function seqOfAnn(dataDir: string): Promise<number> {
  const store = await openLmdbStore({ folder: shardFolder(dataDir, shardOf('ann', SHARDS)) });
  const seqs = [...store.sessions()].filter(({ userId }) => userId === named('ann')).map(({ seq }) => seq);
  await store.close();
  expect(seqs).toHaveLength(1);
  return seqs[0];
}

function snapshotIn(dataDir: string): string {
  return join(snapshotsFolder(dataDir), readdirSync(snapshotsFolder(dataDir))[0]);
}

async function expectSound(dataDir: string): Promise<void> {
  expect(await admin(dataDir, 'verify', '--replay')).toMatchObject({ code: 0, err: '' });
}

async function started(dataDir: string, env: Record<string, string> = {}): Promise<BuiltGateway> {
  const gateway = await startGateway({ env: { ...envOf(dataDir), ...env } });
  onTestFinished(() => gateway.kill());
  return gateway;
}

test('a folder goes back to a time between two clicks: what came after is left out, and nothing is deleted', async () => {
  const dataDir = copied();
  const said = await admin(dataDir, 'restore', '--until', made.between);
  expect(said).toMatchObject({ code: 0, err: '' });
  expect(said.out).toContain(`with the ${UNTIL - BEFORE} entries of its journal that followed`);
  expect(said.out).toContain(`${ALL - UNTIL} later ones are left out`);
  expect(await seqOfAnn(dataDir)).toBe(UNTIL);
  await expectSound(dataDir);
  const [aside] = readdirSync(join(dataDir, 'replaced'));
  const names = readdirSync(join(dataDir, 'replaced', aside)).sort();
  expect(names).toEqual(['catalogue', 'format.json', 'shard-0', 'shard-1', 'stores.json', 'warm']);
  // A start takes it as the same folder, and its states come to the end of the journal.
  const gateway = await started(dataDir);
  const ann = new Shopper('ann');
  await ann.connect(gateway.url);
  ann.click('item-1');
  await ann.settled();
  expect(await gateway.stop()).toBe(0);
});

test('a folder goes back to now, or to the snapshot alone', async () => {
  const dataDir = copied();
  expect(await admin(dataDir, 'restore')).toMatchObject({ code: 0, err: '' });
  expect(await seqOfAnn(dataDir)).toBe(ALL);
  await expectSound(dataDir);
  expect(await admin(dataDir, 'restore', '--without-journal')).toMatchObject({ code: 0, err: '' });
  expect(await seqOfAnn(dataDir)).toBe(BEFORE);
  // What was left out is not lost: both folders are aside, and a new one can be made beside them.
  expect(readdirSync(join(dataDir, 'replaced'))).toHaveLength(2);
});

test('a restore that was interrupted is named at the next start, and ended by the next restore', async () => {
  for (const isCleared of [false, true]) {
    const dataDir = copied();
    const restored = join(dataDir, '.restored');
    mkdirSync(restored);
    for (const name of ['catalogue', 'shard-0', 'shard-1', 'format.json', 'warm'])
      cpSync(join(dataDir, name), join(restored, name), { recursive: true });
    const aside = join('replaced', 'then');
    mkdirSync(join(dataDir, aside), { recursive: true });
    renameSync(join(dataDir, 'shard-0'), join(dataDir, aside, 'shard-0'));
    if (isCleared) {
      for (const name of ['catalogue', 'shard-1', 'format.json', 'warm', 'stores.json'])
        renameSync(join(dataDir, name), join(dataDir, aside, name));
      renameSync(join(restored, 'shard-1'), join(dataDir, 'shard-1'));
    }
    writeFileSync(join(restored, 'switch.json'), JSON.stringify({ aside, isCleared }));
    expect(() => checkDataFolder(dataDir)).toThrow(
      `A restore of ${dataDir} was interrupted while it put things in their places; nothing is lost. End it first: npm run admin -- restore --data-dir ${dataDir}`,
    );
    const said = await admin(dataDir, 'restore');
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toContain(
      'that was interrupted is done; what was there before is in DATA/replaced/then',
    );
    expect(existsSync(restored)).toBe(false);
    expect(readdirSync(join(dataDir, aside)).sort()).toEqual([
      'catalogue',
      'format.json',
      'shard-0',
      'shard-1',
      'stores.json',
      'warm',
    ]);
    await expectSound(dataDir);
    expect(await seqOfAnn(dataDir)).toBe(ALL);
  }
});

test('nothing is done to a folder that a gateway has', async () => {
  const dataDir = copied();
  const claim = await claimFolder(dataDir);
  onTestFinished(() => claim.release());
  for (const argv of [
    ['restore'],
    ['verify'],
    ['compact', '--keep-days', '1'],
    ['reshard', '--shards', '3'],
    ['user', 'show', 'ann'],
    ['user', 'forget', 'ann'],
  ]) {
    const { code, err } = await admin(dataDir, ...argv);
    expect([code, err], argv.join(' ')).toEqual([
      2,
      expect.stringContaining('another gateway runs on the data folder DATA'),
    ]);
  }
});

test('a shard whose tables are damaged or gone comes back to now with its snapshot and its journal: nothing is lost', async () => {
  for (const damage of [
    (path: string) => writeFileSync(path, readFileSync(path).fill(0xee, 8_192)),
    (path: string) => truncateSync(path, 0),
    (path: string) => rmSync(path),
  ]) {
    const dataDir = copied();
    const shard = shardOf('ann', SHARDS);
    damage(join(shardFolder(dataDir, shard), 'data.mdb'));
    const said = await admin(dataDir, 'restore');
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toContain(`shard-${shard}: its tables cannot be read; its journal was enough`);
    expect(await seqOfAnn(dataDir)).toBe(ALL);
    await expectSound(dataDir);
  }
});

/** Flips a bit where a text stands in a file. */
function flipAt(path: string, text: string): void {
  const bytes = readFileSync(path);
  let at = bytes.lastIndexOf(text);
  expect(at).toBeGreaterThan(0);
  for (; at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(text, at - 1)) bytes[at] ^= 4;
  writeFileSync(path, bytes);
}

test('what is broken is named, the first one first, in a folder and in a snapshot', async () => {
  const dataDir = copied();
  const { code, out } = await admin(dataDir, 'verify');
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/^data folder DATA is sound: 3 stores, \d+ rows, 14 entries of journals\n$/),
  ]);
  const snapshot = snapshotIn(dataDir);
  expect(await admin(dataDir, 'verify', snapshot, '--replay')).toMatchObject({ code: 0, err: '' });
  expect(readdirSync(join(snapshot, 'shard-0')).sort()).toEqual(['data.mdb', 'journal', 'manifest.json']);
  const store = `shard-${shardOf('ann', SHARDS)}`;
  flipAt(join(dataDir, store, 'data.mdb'), 'ann');
  const journal = join(dataDir, store, 'journal');
  const segment = readdirSync(journal).find((name) => name.endsWith('.segment'))!;
  flipAt(join(journal, segment), 'ann');
  const broken = await admin(dataDir, 'verify');
  expect(broken.code).toBe(3);
  expect(broken.out).toMatch(
    /^data folder DATA is broken: \d+ problems in 3 stores, .*The first is:\n- DATA\/shard-\d: /,
  );
  expect(broken.out).toMatch(
    new RegExp(
      `DATA/${store}: journal ${segment}: the entries from \\d+ to \\d+, from byte \\d+ on, are damaged`,
    ),
  );
  // Of that journal nothing is left to go on from; the snapshot alone brings the folder back.
  expect(await admin(dataDir, 'restore')).toMatchObject({
    code: 2,
    err: expect.stringContaining('restore the snapshot alone with --without-journal'),
  });
  writeFileSync(join(dataDir, 'stores.json'), '{');
  expect(await admin(dataDir, 'restore', '--without-journal')).toMatchObject({ code: 0, err: '' });
  expect(await seqOfAnn(dataDir)).toBe(BEFORE);
  expect(await admin(dataDir, 'verify')).toMatchObject({ code: 0, err: '' });
  const inCopy = join(snapshot, store, 'journal');
  const [first] = readdirSync(inCopy);
  const sound = readFileSync(join(inCopy, first));
  flipAt(join(inCopy, first), 'ann');
  const inJournal = await admin(dataDir, 'verify', snapshot);
  expect(inJournal.code).toBe(3);
  expect(inJournal.out).toContain(`${store}/journal/${first} has SHA-256`);
  expect(inJournal.out).toContain(`${store}: journal ${first}: the entries from 0 to `);
  writeFileSync(join(inCopy, first), sound);
  expect(await admin(dataDir, 'verify', snapshot)).toMatchObject({ code: 0 });
  flipAt(join(snapshot, 'catalogue', 'data.mdb'), 'item-3');
  const inSnapshot = await admin(dataDir, 'verify', snapshot);
  expect(inSnapshot.code).toBe(3);
  expect(inSnapshot.out).toContain('catalogue/data.mdb has SHA-256');
  // Its journal is of no use any more, and says so; the snapshot is none either.
  expect(await admin(dataDir, 'restore')).toMatchObject({
    code: 2,
    err: expect.stringContaining('is broken, and nothing was made of it'),
  });
  expect(readdirSync(dataDir)).not.toContain('.restored');
  rmSync(join(dataDir, store), { recursive: true });
  expect(await admin(dataDir, 'verify')).toMatchObject({
    code: 3,
    out: expect.stringContaining(`The store in DATA/${store} is missing`),
  });
  writeFileSync(join(dataDir, 'format.json'), '{');
  expect(await admin(dataDir, 'verify')).toMatchObject({
    code: 3,
    out: expect.stringContaining('DATA/format.json cannot be read'),
  });
});

test('a journal is compacted to what recovery and kept snapshots need, and what is left still goes back in time', async () => {
  const dataDir = copied();
  const store = shardOf('ann', SHARDS);
  const other = await admin(dataDir, 'compact', '--keep-days', '0', '--bundle', 'model/bundles/demo');
  expect(other.out).toContain(
    'no entries dropped; more are needed by the next start, which makes the states anew for another model',
  );
  const first = await admin(dataDir, 'compact', '--keep-days', '0');
  expect(first).toMatchObject({ code: 0, err: '' });
  // NOW_MS is years ahead: all is too old.
  expect(first.out).toMatch(
    new RegExp(
      `shard-${store}: the entries from 0 to \\d+ dropped \\(\\d+\\); more are needed by .*; files of \\d+ bytes, \\d+ now`,
    ),
  );
  await expectSound(dataDir);
  expect(await admin(dataDir, 'restore', '--until', made.between)).toMatchObject({ code: 0, err: '' });
  expect(await seqOfAnn(dataDir)).toBe(UNTIL);
  await expectSound(dataDir);
  rmSync(snapshotsFolder(dataDir), { recursive: true });
  const bytes = await admin(dataDir, 'compact', '--keep-bytes', '0');
  expect(bytes.out).toMatch(/needed by (recovery|the pages of the interaction graph)/);
  expect(await admin(dataDir, 'compact', '--keep-bytes', '1000000')).toMatchObject({
    out: expect.stringContaining('no entries dropped'),
  });
});

test('one user is shown, put back to a snapshot with their session going on, and forgotten', async () => {
  const dataDir = copied();
  const show = async (...argv: string[]) =>
    JSON.parse((await admin(dataDir, 'user', 'show', ...argv)).out) as Record<string, never>;
  expect(await show('ann')).toMatchObject({ id: 'ann', sessions: [{ seq: ALL }], journal: { entries: ALL } });
  expect(await show('--visitor', 'v-1')).toMatchObject({
    idempotenceKeys: 1,
    events: [{ items: ['item-3'], eventId: 'o-1' }],
  });
  const back = await admin(dataDir, 'user', 'rollback', 'ann', '--snapshot', basename(snapshotIn(dataDir)));
  expect(back).toMatchObject({ code: 0, err: '' });
  expect(await show('ann')).toMatchObject({ state: { clicks: BEFORE }, sessions: [{ seq: ALL }] });
  await expectSound(dataDir);
  const gateway = await started(dataDir);
  const ann = new Shopper('ann');
  await ann.connect(gateway.url);
  ann.click('item-19');
  await ann.settled();
  expect(await gateway.stop()).toBe(0);
  expect(await show('ann')).toMatchObject({ state: { clicks: BEFORE + 1 } });
  const gone = await admin(dataDir, 'user', 'forget', 'ann');
  expect(gone).toMatchObject({ code: 0, err: '' });
  expect(gone.out).toContain(`left are ${ALL + 2} entries of journals`);
  const left = await show('ann');
  expect([left['state'], left['sessions']]).toEqual([undefined, []]);
  await expectSound(dataDir);
  expect(await admin(dataDir, 'user', 'forget', 'nobody')).toMatchObject({
    code: 2,
    err: expect.stringContaining('nothing is stored of "nobody"'),
  });
  expect(await admin(dataDir, 'user', 'rollback', 'nobody', '--snapshot', snapshotIn(dataDir))).toMatchObject(
    { code: 2, err: expect.stringContaining('does not know them') },
  );
});

test('users move to another number of shards by hand, as a start does it', async () => {
  const dataDir = copied();
  const said = await admin(dataDir, 'reshard', '--shards', '3');
  expect(said).toEqual({ code: 0, err: '', out: 'DATA has 3 shards (it had 2); start with --shards 3\n' });
  const back = await admin(dataDir, 'restore');
  expect(back).toMatchObject({
    code: 2,
    err: expect.stringContaining(
      'has 2 shards and DATA has 3, so its journals do not go on from there; restore the snapshot alone with --without-journal',
    ),
  });
  expect(await admin(dataDir, 'restore', '--without-journal')).toMatchObject({ code: 0 });
  expect(await seqOfAnn(dataDir)).toBe(BEFORE);
});
