import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateSource } from 'oazapfts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { ROOT } from '../support/markdown.js';

const run = promisify(execFile);
const OPTIONS = {
  compilerOptions: { strict: true, module: 'nodenext', target: 'es2023', outDir: 'out', types: ['node'] },
  files: ['program.ts'],
};
/** What somebody writes with the client: types of bodies and answers, and a problem that is caught. */
const PROGRAM = `import * as api from './client.js';

api.defaults.baseUrl = process.env['AFTERCLICK_URL'] ?? '';
const sent = await api.postV1Events({ user: 'ada', id: 'order-1', e: 'purchase', item: '22423', quantity: 2 });
const { ids, degraded } = await api.postV1Rank({ user: 'ada', candidates: [{ id: '22423', value: 2.5 }, '22699'], k: 2 });
const names: string[] = ids.toSorted();
const isLate: boolean = degraded;
const title = await api.getV1ItemsId('22423');
const problem = await api.getV1ItemsId('nobody').catch(({ status, data }) => [status, data.code]);
console.log(JSON.stringify({ sent, names, isLate, title, problem }));
`;

let harness: GatewayHarness;
let folder: string;
beforeAll(async () => {
  harness = await startGatewayHarness();
  await harness.catalogue.upsert([{ id: '22423', title: 'CAKE STAND' }, { id: '22699' }]);
  folder = mkdtempSync(join(tmpdir(), 'afterclick-typed-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const document = await (await fetch(`${harness.url}/v1/openapi.json`)).text();
  writeFileSync(join(folder, 'openapi.json'), document);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(OPTIONS));
  const client = await generateSource(join(folder, 'openapi.json'), { optimistic: true });
  writeFileSync(join(folder, 'client.ts'), client);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  harness.stop();
});

/** What the compiler says of a program; nothing when it is content. */
async function compile(program: string): Promise<string> {
  writeFileSync(join(folder, 'program.ts'), program);
  return run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder]).then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout,
  );
}

test('a client made from /v1/openapi.json compiles, and its calls are answered as its types say', async () => {
  expect(await compile(PROGRAM)).toBe('');
  const env = { ...process.env, AFTERCLICK_URL: harness.url };
  const { stdout } = await run(process.execPath, [join(folder, 'out/program.js')], { env });
  expect(JSON.parse(stdout)).toMatchObject({
    sent: { results: [{ id: 'order-1', status: 'applied' }] },
    names: ['22423', '22699'],
    isLate: false,
    title: { id: '22423', title: 'CAKE STAND' },
    problem: [404, 'unknown_item'],
  });
});

test.each([
  ['candidates: [', 'candidatse: [', 'candidatse'],
  ["e: 'purchase'", "e: 'bought'", '"bought"'],
  ['isLate: boolean', 'isLate: string', "Type 'boolean'"],
])('its types refuse a program with %s written as %s', async (right, wrong, named) => {
  const said = await compile(PROGRAM.replace(right, wrong));
  expect(said).toContain(named);
  expect(said.match(/error TS/g)).toHaveLength(1);
});
