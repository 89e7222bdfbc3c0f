import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtFile } from '../support/built.js';
import { temporaryFolder } from '../support/gateway/built-gateway.js';
import { tinyShop, writeTinyBundle, writeTinyEvents } from '../support/model/tiny-shop.js';

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runEvaluate(args: readonly string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(process.execPath, [builtFile('shards/learning/evaluate.js'), ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

let data: string;
let bundle: string;

beforeAll(async () => {
  const dataset = tinyShop({ sessions: 80, timed: true });
  data = temporaryFolder();
  bundle = temporaryFolder();
  await writeTinyEvents(data, dataset);
  await writeTinyBundle(bundle, dataset, { from: 0, to: 60 });
});

describe('npm run evaluate', () => {
  it('prints a table and writes figures in percent and a picture', async () => {
    const json = join(data, 'figures.json');
    const picture = join(data, 'figures.svg');
    const { code, stdout, stderr } = await runEvaluate([
      '--bundle',
      bundle,
      '--data',
      data,
      '--json',
      json,
      '--picture',
      picture,
    ]);
    expect(stderr).toContain('tuning VMIS-kNN …');
    expect(code).toBe(0);
    const report = JSON.parse(readFileSync(json, 'utf8'));
    expect(report).toMatchObject({ bundle: 'tiny@1', protocol: 'time-ordered', sessions: 20 });
    const { 'recall@20': recall, 'mrr@20': mrr } = report.methods.afterclick;
    expect(recall).toBeGreaterThan(90);
    expect(mrr).toBeGreaterThan(10);
    expect(mrr).toBeLessThan(recall);
    expect(stdout).toContain(`${recall.toFixed(2)} [`);
    expect(readFileSync(picture, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it('says what is wrong with a bundle of other data, and with unknown flags', async () => {
    const other = await runEvaluate(['--data', data]);
    expect(other.code).not.toBe(0);
    expect(other.stderr).toMatch(/the bundle was trained on other data; name that with --data/);
    const flag = await runEvaluate(['--side-by-side', '3']);
    expect(flag).toMatchObject({ code: 2 });
  });
});
