import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Uws } from '../../../../../gateway/server/uws/uws.js';
import { forOlderGlibc, lacksNewerGlibc } from '../../../../../gateway/server/uws/older-glibc.js';

const FOLDER = 'node_modules/@btc-vision/uwebsockets.js';
const ADDONS = readdirSync(FOLDER).filter((name) => name.startsWith('uws_linux_'));
const addon = (name: string): Buffer => readFileSync(join(FOLDER, name));
const HERE = `uws_linux_${process.arch}_${process.versions.modules}.node`;

/** The file with another text of the same length in each place of one. */
function replaced(file: Buffer, from: string, to: string): Buffer {
  return Buffer.from(file.toString('latin1').replaceAll(from, to), 'latin1');
}

function differences(a: Buffer, b: Buffer): number[] {
  const places: number[] = [];
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) places.push(at);
  return places;
}

test.each(ADDONS)('%s becomes one that asks for glibc 2.36, by some bytes of its tables of names', (name) => {
  const original = addon(name);
  const copy = forOlderGlibc(original);
  expect(copy).toHaveLength(original.length);
  const changed = differences(original, copy).length;
  expect(changed).toBeGreaterThanOrEqual(4);
  expect(changed).toBeLessThanOrEqual(20);
  expect(() => forOlderGlibc(copy)).toThrow('does not need GLIBC_2.38');
});

test.runIf(process.platform === 'linux')('the copy loads and serves, whatever glibc is here', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-older-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, HERE);
  writeFileSync(file, forOlderGlibc(addon(HERE)));
  const uws = createRequire(import.meta.url)(file) as Uws;
  const app = uws.App();
  onTestFinished(() => app.close());
  app.any('/*', (response, request) => response.end(Buffer.from(request.getUrl()), false));
  const port = await new Promise<number>((resolve) => {
    app.listen('127.0.0.1', 0, 0, (token) => resolve(token === false ? 0 : uws.us_socket_local_port(token)));
  });
  expect(await (await fetch(`http://127.0.0.1:${port}/a`)).text()).toBe('/a');
});

test('what needs more of glibc 2.38 than the older names is refused', () => {
  const other = replaced(addon(HERE), '__isoc23_strtol\0', '__isoc99_strtol\0');
  expect(() => forOlderGlibc(other)).toThrow('it needs __isoc99_strtol of GLIBC_2.38');
});

test('what is no such library is refused', () => {
  expect(() => forOlderGlibc(Buffer.alloc(1_000))).toThrow('not a 64-bit little-endian ELF');
  const big = addon(HERE);
  big[5] = 2;
  expect(() => forOlderGlibc(big)).toThrow('not a 64-bit little-endian ELF');
  expect(() => forOlderGlibc(addon(HERE).subarray(0, 4_096))).toThrow();
});

test('a library that lacks glibc 2.38 is told from one that lacks something else', () => {
  const lacks = (version: string): boolean =>
    lacksNewerGlibc(new Error(`/lib/libc.so.6: version \`${version}' not found (required by uws.node)`));
  expect([lacks('GLIBC_2.38'), lacks('GLIBC_2.39'), lacks('GLIBCXX_3.4.31')]).toEqual([true, false, false]);
});
