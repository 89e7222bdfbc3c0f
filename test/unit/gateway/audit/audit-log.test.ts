import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { createLog } from '../../../../metrics/process/log.js';
import { AuditLog } from '../../../../gateway/audit/audit-log.js';
import {
  AUDIT_FILES_KEPT,
  auditFileName,
  auditFileNumbers,
  readAuditFiles,
} from '../../../../gateway/audit/audit-files.js';
import { BOUNDED_ACTS_A_SECOND } from '../../../../gateway/audit/bounded-acts.js';
import { noteCall } from '../../../../gateway/audit/audit-trail.js';
import { Grant } from '../../../../gateway/access/grant.js';
import { SCOPE } from '../../../../gateway/access/scope.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const log = createLog({ level: 'silent' });
const clock = new FakeClock(1_795_311_348_933);
const who = { sub: 'ops', scope: ['operate'] };
/** No hash and no pseudonym can hold this by chance: their letters have no blank. */
const ADA = 'ada lovelace';
let folder: string;

beforeEach(() => {
  folder = join(temporaryFolder(), 'audit');
});

async function written(count: number, fileBytes?: number): Promise<AuditLog> {
  const audit = await AuditLog.open({ folder, clock, log, ...(fileBytes !== undefined && { fileBytes }) });
  for (let i = 0; i < count; i++)
    await audit.note({ who, what: 'POST /v1/model', target: `b${i}`, result: 200 });
  return audit;
}

const first = () => join(folder, auditFileName(1));
const textOf = (path: string) => readFileSync(path, 'utf8');
const change = (edit: (text: string) => string) => writeFileSync(first(), edit(textOf(first())));

test('lines go on over starts, and are whole', async () => {
  await (await written(3)).stop();
  const again = await written(2);
  await again.stop();
  expect(readAuditFiles(folder)).toMatchObject({ ...again.head, lines: 5, first: 1, tornBytes: 0 });
  expect(JSON.parse(textOf(first()).split('\n')[0])).toMatchObject({
    n: 1,
    at: new Date(clock.nowMs()).toISOString(),
    who,
    what: 'POST /v1/model',
    target: 'b0',
    result: 200,
  });
});

test('what waits together is written together, in order', async () => {
  const audit = await AuditLog.open({ folder, clock, log });
  await Promise.all(Array.from({ length: 50 }, (_, i) => audit.note({ who, what: 'x', result: i })));
  await audit.stop();
  const lines = textOf(first()).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { result: number }).result)).toEqual([...lines.keys()]);
  expect(readAuditFiles(folder).problem).toBeUndefined();
});

test.each([
  ['a word', (text: string) => text.replace('b2', 'bX'), 'line 3: it was changed'],
  [
    'a line taken out',
    (text: string) => text.split('\n').toSpliced(2, 1).join('\n'),
    'line 3: it is number 4 after 2',
  ],
  [
    'a line twice',
    (text: string) => text.split('\n').toSpliced(2, 0, text.split('\n')[1]).join('\n'),
    'line 3: it is number 2 after 2',
  ],
  [
    'the first line taken out and renumbered',
    (text: string) => text.replace('"n":2', '"n":1'),
    'it was changed',
  ],
  ['a line of nothing', (text: string) => text.replace('\n', '\n\n'), 'line 2: it was changed'],
])('%s is named', async (_what, edit, problem) => {
  await (await written(5)).stop();
  change(edit);
  expect(readAuditFiles(folder).problem).toContain(problem);
});

test('an end that was cut off shows by the hash of a line that was there', async () => {
  const audit = await written(5);
  const { hash } = audit.head;
  await audit.stop();
  expect(readAuditFiles(folder, hash).problem).toBeUndefined();
  change((text) => `${text.split('\n').slice(0, 3).join('\n')}\n`);
  expect(readAuditFiles(folder).problem).toBeUndefined();
  expect(readAuditFiles(folder, hash).problem).toContain('the end was cut off');
});

test('what a crash cut off is no tampering; the next start takes it out and says so', async () => {
  await (await written(3)).stop();
  change((text) => text.slice(0, -40));
  const torn = readAuditFiles(folder);
  expect(torn).toMatchObject({ lines: 2 });
  expect(torn.problem).toBeUndefined();
  expect(torn.tornBytes).toBeGreaterThan(0);
  await (await written(1)).stop();
  expect(readAuditFiles(folder)).toMatchObject({ lines: 4, tornBytes: 0 });
  expect(textOf(first())).toContain('audit.torn');
});

test('files are bounded in size and number, and the chain goes through them', async () => {
  const audit = await written(AUDIT_FILES_KEPT + 8, 1);
  await audit.stop();
  const numbers = auditFileNumbers(folder);
  expect(numbers).toHaveLength(AUDIT_FILES_KEPT);
  expect(readAuditFiles(folder)).toMatchObject({
    lines: AUDIT_FILES_KEPT,
    first: 9,
    n: AUDIT_FILES_KEPT + 8,
  });
  await (await written(1, 1)).stop();
  expect(readAuditFiles(folder).problem).toBeUndefined();
  rmSync(join(folder, auditFileName(numbers[5])));
  expect(readAuditFiles(folder).problem).toContain('is missing');
});

test('refusals and acts of shoppers are bounded a second, and the next line tells how many more', async () => {
  const audit = await AuditLog.open({ folder, clock, log });
  const call = {
    method: 'DELETE',
    route: '/v1/users/{id}',
    needed: SCOPE.users,
    id: ADA,
    certificate: '',
    status: 401,
  };
  for (let i = 0; i < 25; i++) await noteCall(audit, call, undefined);
  clock.advanceMs(1_000);
  const own = new Grant({ scopes: SCOPE.shop, user: ADA, hasToken: true, keyId: 'k1' });
  await noteCall(audit, { ...call, status: 200 }, own);
  await noteCall(audit, { ...call, method: 'GET', status: 200 }, own);
  await audit.stop();
  const lines = textOf(first()).trim().split('\n');
  expect(lines).toHaveLength(BOUNDED_ACTS_A_SECOND + 1);
  expect(JSON.parse(lines[BOUNDED_ACTS_A_SECOND])).toMatchObject({
    who: { scope: ['shop'], key: 'k1', sub: audit.pseudonymOf(ADA) },
    what: 'DELETE /v1/users/{id}',
    target: audit.pseudonymOf(ADA),
    more: 25 - BOUNDED_ACTS_A_SECOND,
  });
  expect(textOf(first())).not.toContain(ADA);
});

test('the staff is named, a user that they look at is not', async () => {
  const audit = await AuditLog.open({ folder, clock, log });
  const grant = new Grant({ scopes: SCOPE.users, user: 'clerk-7', hasToken: true });
  await noteCall(
    audit,
    {
      method: 'GET',
      route: '/v1/users/{id}/graph',
      needed: SCOPE.users,
      id: ADA,
      certificate: 'ops',
      status: 200,
    },
    grant,
  );
  await noteCall(
    audit,
    { method: 'GET', route: '/v1/model', needed: SCOPE.operate, id: '', certificate: 'ops', status: 200 },
    grant,
  );
  await audit.stop();
  const [line, none] = textOf(first()).split('\n');
  expect(JSON.parse(line)).toMatchObject({
    who: { sub: 'clerk-7', certificate: 'ops' },
    target: audit.pseudonymOf(ADA),
  });
  expect([none, line.includes(ADA)]).toEqual(['', false]);
});

test('a file that cannot be begun is begun later, and its number is not passed over', async () => {
  const audit = await written(3, 1);
  const next = join(folder, auditFileName(4));
  mkdirSync(next);
  await audit.note({ who, what: 'x', result: 'while it cannot be' });
  rmdirSync(next);
  await audit.note({ who, what: 'x', result: 'afterwards' });
  await audit.stop();
  expect(auditFileNumbers(folder)).toEqual([1, 2, 3, 4]);
  expect(readAuditFiles(folder)).toMatchObject({ ...audit.head, lines: 4 });
  expect(readAuditFiles(folder).problem).toBeUndefined();
  expect(JSON.parse(textOf(next))).toMatchObject({ result: 'afterwards', more: 1 });
});
