import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BundleManifest } from '../../model/bundle/bundle-manifest.js';
import { loadBundle } from '../../model/bundle/bundle.js';
import { Random } from '../../model/train/random-numbers.js';
import { startGateway, temporaryFolder } from '../support/gateway/built-gateway.js';
import { runTraining } from '../support/model/train-process.js';

/** Shoppers who walk round a ring of 60 items: a folder in the form of diginetica. */
function ringFolder(sessions: number): string {
  const random = new Random(4);
  const lines = ['split\tsession\titem\tevent_type\torder'];
  for (let s = 0; s < sessions; s++) {
    const from = random.below(60);
    for (let i = 0; i < 4; i++) lines.push(`train\tr${s}\tsku-${(from + i) % 60}\tclick\t${i}`);
  }
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'events.tsv.gz'), gzipSync(`${lines.join('\n')}\n`));
  return folder;
}

const FILES = ['vectors.f32', 'step.onnx', 'explain.onnx', 'similar.i32', 'history.u32', 'items.ndjson.gz'];
const bytesOf = (bundle: string) => FILES.map((name) => readFileSync(join(bundle, name)).toString('base64'));

let data: string;
let whole: string;
const argsFor = (out: string) => ['--data', data, '--out', out, '--epochs', '2'];

beforeAll(async () => {
  data = ringFolder(400);
  whole = join(temporaryFolder(), 'whole');
  expect(await runTraining([...argsFor(whole), '--json', `${whole}.json`])).toMatchObject({ code: 0 });
});

describe('npm run train', () => {
  it('writes a bundle that loads, a page with its curves, and nothing else stays', async () => {
    const { manifest } = await loadBundle(whole);
    expect(manifest).toEqual(JSON.parse(readFileSync(`${whole}.json`, 'utf8')));
    expect(manifest.training).toMatchObject({ events: 1600, sessions: 400, seed: 1, until: null });
    expect(manifest.metrics['recall@20']).toBeGreaterThan(20);
    const page = readFileSync(join(whole, 'training.html'), 'utf8');
    expect(page.match(/<polyline/g)?.length).toBeGreaterThanOrEqual(6);
    expect(existsSync(`${whole}.training`)).toBe(false);
  });

  it('gives the same bytes for the same seed, stopped in every stage or not', async () => {
    const out = join(temporaryFolder(), 'stopped');
    const network = await runTraining(argsFor(out), { line: 'network, first 9/10 …', signal: 'SIGTERM' });
    expect(network.code).toBe(143);
    expect(network.stderr).toMatch(
      /stopped in network, first 9\/10, step \d+ of \d+; the same command goes on/,
    );
    const ranker = await runTraining(argsFor(out), { line: 'ranker …', signal: 'SIGINT' });
    expect(ranker.stderr).toMatch(/going on with the training in .*: network, first 9\/10, step \d+/);
    expect(ranker.code).toBe(130);
    const killed = await runTraining(argsFor(out), { line: 'network, all …', signal: 'SIGKILL' });
    expect(killed.stderr).toContain('network, first 9/10: done before');
    expect(killed.code).toBeNull();
    const last = await runTraining(argsFor(out));
    expect(last).toMatchObject({ code: 0 });
    expect(last.stderr).toContain('ranker: done before');
    expect(bytesOf(out)).toEqual(bytesOf(whole));
    expect(existsSync(`${out}.training`)).toBe(false);
  }, 120_000);

  it('gives other bytes for another seed, and starts anew when the arguments are others', async () => {
    const out = join(temporaryFolder(), 'other');
    await runTraining(argsFor(out), { line: 'ranker …', signal: 'SIGTERM' });
    const run = await runTraining([...argsFor(out), '--seed', '2']);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('held another training (it differs in seed); starting anew');
    expect(bytesOf(out)[0]).not.toEqual(bytesOf(whole)[0]);
  }, 60_000);

  it('takes a catalogue of one item, sessions of one click and a session of thousands', async () => {
    const folder = temporaryFolder();
    const out = join(temporaryFolder(), 'odd');
    writeFileSync(join(folder, 'events.tsv'), `session\titem\n${'s\tonly\n'.repeat(12)}t\tonly\n`);
    expect(await runTraining(['--data', folder, '--out', out])).toMatchObject({ code: 0 });
    await loadBundle(out);
    const long = Array.from({ length: 3_000 }, (_, i) => `long\tx${i % 7}`);
    const short = Array.from({ length: 30 }, (_, i) => `s${i % 20}\tx${i % 9}`);
    writeFileSync(join(folder, 'events.tsv'), ['session\titem', ...long, ...short, ''].join('\n'));
    expect(await runTraining(['--data', folder, '--out', out])).toMatchObject({ code: 0 });
    await loadBundle(out);
  }, 60_000);

  it('refuses what it cannot train on, with code 2', async () => {
    const out = join(temporaryFolder(), 'none');
    const missing = await runTraining(['--data', join(out, 'nowhere'), '--out', out]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('expected events.tsv or events.csv, gzipped or not, found none');
    const both = await runTraining(['--data', data, '--journal', out, '--out', out]);
    expect(both).toMatchObject({ code: 2 });
    expect(both.stderr).toContain('not both');
    const empty = await runTraining(['--journal', join(out, 'nowhere'), '--out', out]);
    expect(empty).toMatchObject({ code: 2 });
    expect(empty.stderr).toContain('expected the data folder of a gateway');
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'events.tsv'), 'session\titem\na\tx\nb\ty\n');
    const single = await runTraining(['--data', folder, '--out', out]);
    expect(single).toMatchObject({ code: 2 });
    expect(single.stderr).toContain('no session has two clicks');
  });
});

describe('npm run train that is refused', () => {
  it('keeps an interrupted training when a folder is mistyped, and makes no folder', async () => {
    const parent = temporaryFolder();
    const out = join(parent, 'kept');
    await runTraining(argsFor(out), { line: 'ranker …', signal: 'SIGTERM' });
    const kept = readdirSync(`${out}.training`).sort();
    expect(kept).toContain('network-first-9-10.result');
    for (const flag of ['--journal', '--data']) {
      const refused = await runTraining([flag, join(parent, 'dta'), '--out', out, '--epochs', '2']);
      expect(refused).toMatchObject({ code: 2 });
      expect(readdirSync(`${out}.training`).sort()).toEqual(kept);
      const other = join(parent, 'other');
      expect(await runTraining([flag, join(parent, 'dta'), '--out', other])).toMatchObject({ code: 2 });
    }
    const noFile = await runTraining([...argsFor(join(parent, 'other')), '--json', join(parent, 'no', 'x')]);
    expect(noFile).toMatchObject({ code: 2 });
    expect(noFile.stderr).toContain(`--json: there is no folder ${join(parent, 'no')}: make it`);
    expect(readdirSync(parent).sort()).toEqual(['kept', 'kept.training']);
  }, 60_000);

  it('says that a file cannot be the folder of a bundle', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const refused = await runTraining(argsFor(file));
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain(`--out: ${file} cannot be the folder of a bundle`);
  });
});

describe('npm run train -- --journal', () => {
  const MINUTE = 60_000;

  /** Two sessions of five clicks for each of a number of users, an impression, and a cart of two items. */
  async function shop(url: string, users: number): Promise<void> {
    const random = new Random(7);
    const startMs = Date.now() - 20 * 60 * MINUTE;
    const events: object[] = [];
    for (let user = 0; user < users; user++) {
      for (let i = 0; i < 10; i++) {
        const session = Math.floor(i / 5);
        const from =
          i % 5 === 0 ? random.below(60) : Number((events.at(-1) as { item: string }).item.slice(4)) + 1;
        const ts = startMs + user * MINUTE + session * 300 * MINUTE + i * 1_000;
        events.push({ user: `u${user}`, id: `${user}-${i}`, e: 'view_item', item: `sku-${from % 60}`, ts });
      }
    }
    events.push({ user: 'u0', id: 'seen', e: 'view_item_list', items: ['sku-1', 'sku-2'] });
    events.push({ user: 'u0', id: 'cart', e: 'add_to_cart', items: ['sku-1', 'sku-2'] });
    const items = Array.from({ length: 61 }, (_, i) => ({ id: `sku-${i}`, category: `c${i % 5}` }));
    await send(`${url}/v1/items`, 'PUT', items);
    await send(`${url}/v1/events`, 'POST', events);
    await fetch(`${url}/v1/items/sku-60`, {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
    });
  }

  async function send(url: string, method: string, body: object): Promise<void> {
    const answer = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(await answer.text()).not.toContain('error');
  }

  it('trains on what a running gateway has recorded, and the bundle is served', async () => {
    const args = ['--bundle', 'none', '--shards', '2'];
    const gateway = await startGateway({ args });
    await shop(gateway.url, 60);
    const out = join(temporaryFolder(), 'recorded');
    const running = await runTraining([
      '--journal',
      gateway.dataDir,
      '--out',
      out,
      '--epochs',
      '2',
      '--name',
      'own',
    ]);
    expect(running.stderr + running.stdout).toContain('ranker');
    expect(running.code).toBe(0);
    const { manifest, items } = await loadBundle(out);
    expect(manifest.training).toMatchObject({ data: 'journal', events: 602, sessions: 121 });
    expect(items).toHaveLength(60);
    expect(items[7]).toMatchObject({ id: 'sku-7', category: 'c2' });
    // The gateway has gone on meanwhile, and nobody has written to its folder.
    await send(`${gateway.url}/v1/events`, 'POST', [
      { user: 'u1', id: 'late', e: 'view_item', item: 'sku-3' },
    ]);
    expect(await gateway.stop()).toBe(0);
    const later = join(temporaryFolder(), 'later');
    expect(await runTraining(['--journal', gateway.dataDir, '--out', later, '--epochs', '2'])).toMatchObject({
      code: 0,
    });
    const { training } = JSON.parse(readFileSync(join(later, 'manifest.json'), 'utf8')) as BundleManifest;
    expect(training.events).toBe(603);
    const served = await startGateway({
      args: ['--bundle', out, '--shards', '2'],
      env: { AFTERCLICK_DATA_DIR: gateway.dataDir },
    });
    const list = await fetch(`${served.url}/v1/recommend`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'u5', k: 5 }),
    });
    expect(await list.json()).toMatchObject({ model: 'own@1' });
    expect(await served.stop()).toBe(0);
  }, 120_000);

  it('says so when nothing was clicked yet', async () => {
    const gateway = await startGateway({ args: ['--bundle', 'none', '--shards', '1'] });
    const out = join(temporaryFolder(), 'nothing');
    mkdirSync(out);
    const run = await runTraining(['--journal', gateway.dataDir, '--out', out]);
    expect(run).toMatchObject({ code: 2 });
    expect(run.stderr).toContain('expected clicks in the journals of its shards, found none yet');
    await gateway.stop();
  });
});
