import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runAdmin } from '../../../../gateway/admin/run-admin.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

async function said(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  return saidWith({}, ...argv);
}

async function saidWith(
  env: Record<string, string>,
  ...argv: string[]
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const output = {
    env,
    nowMs: () => 0,
    say: (line: string) => (out += `${line}\n`),
    complain: (text: string) => (err += text),
  };
  return { code: await runAdmin(argv, output), out, err };
}

test('the help names every command, what has to be stopped, and every exit code', async () => {
  const { code, out } = await said('--help');
  expect(code).toBe(0);
  for (const text of [
    'restore',
    'verify',
    'compact',
    'reshard',
    'user',
    'has to be stopped',
    'Exit codes: 0 done',
  ])
    expect(out).toContain(text);
  for (const command of [
    ['restore'],
    ['verify'],
    ['compact'],
    ['reshard'],
    ['user', 'show'],
    ['user', 'rollback'],
    ['user', 'forget'],
  ]) {
    const help = await said(...command, '--help');
    expect([help.code, help.out], command.join(' ')).toEqual([
      0,
      expect.stringContaining(`npm run admin -- ${command.join(' ')}`),
    ]);
    expect(help.out, command.join(' ')).toMatch(/\S+ [\s\S]*Options:\n[\s\S]*--data-dir <folder> /);
  }
});

test.each<[string, string[], RegExp]>([
  ['no command', [], /Usage: npm run admin -- /],
  ['an unknown command', ['verfy'], /unknown command 'verfy'\n\(Did you mean verify\?\)/],
  ['an unknown option', ['verify', '--reply'], /unknown option '--reply'\n\(Did you mean --replay\?\)/],
  [
    'a time without a zone',
    ['restore', '--until', '2026-01-31 12:00'],
    /Write a time with its zone, such as 2026-01-31T12:00:00Z/,
  ],
  ['no number', ['compact', '--keep-days', 'ten'], /argument 'ten' is invalid\. Write a number from 0 on\./],
  [
    'no bound',
    ['compact'],
    /^Nothing was changed: say how much of the journals to keep, with --keep-days, --keep-bytes or both, or --erased to take out what was erased\.\n$/,
  ],
  ['no number of shards', ['reshard'], /required option '--shards <number>' not specified/],
  ['no user', ['user', 'show'], /missing required argument 'id'/],
  ['no snapshot', ['user', 'rollback', 'ann'], /required option '--snapshot <folder>' not specified/],
])('%s is wrong use, and the message says what to do', async (_, argv, message) => {
  const { code, err } = await said(...argv);
  expect([code, err]).toEqual([2, expect.stringMatching(message)]);
});

test('a folder that is none, or not one of ours, is refused and left as it is', async () => {
  const parent = temporaryFolder();
  const missing = join(parent, 'missing');
  for (const argv of [
    ['compact', '--keep-days', '1'],
    ['reshard', '--shards', '2'],
    ['user', 'show', 'ann'],
    ['verify'],
  ]) {
    const { code, err } = await said(...argv, '--data-dir', missing);
    expect([code, err], argv[0]).toEqual([
      2,
      `Nothing was changed: ${missing} is no data folder; name one with --data-dir or AFTERCLICK_DATA_DIR.\n`,
    ]);
  }
  expect(await said('restore', '--data-dir', missing)).toMatchObject({
    code: 2,
    err: expect.stringContaining('name the snapshot to make it of with --snapshot'),
  });
  expect(
    await said('restore', '--data-dir', missing, '--snapshot', 'x', '--until', '2026-01-31T12:00:00Z'),
  ).toMatchObject({ code: 2, err: expect.stringContaining('is new and has no journal') });
  const other = join(parent, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'photo'), '');
  expect(await said('verify', other)).toMatchObject({
    code: 2,
    err: expect.stringContaining(`${other} is neither a data folder nor a snapshot: name one of them`),
  });
  expect(await said('restore', '--data-dir', other)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is not empty and has no format.json'),
  });
  expect(
    await said('restore', '--data-dir', other, '--without-journal', '--until', '2026-01-31T12:00:00Z'),
  ).toMatchObject({
    code: 2,
    err: expect.stringContaining('--until needs the journal: leave --without-journal out'),
  });
  expect(await saidWith({ AFTERCLICK_PROT: '1' }, 'verify')).toMatchObject({
    code: 2,
    err: expect.stringContaining('did you mean AFTERCLICK_PORT?'),
  });
});

/** A folder with `folder/`, `text`, `public.jwk`, `secret.jwk` (of another kind than it says) and `empty` in it; their names stand for their paths in `argv`. */
function slips(): (argv: string) => string[] {
  const root = temporaryFolder();
  mkdirSync(join(root, 'folder'));
  writeFileSync(join(root, 'text'), 'root:x:0:0\n');
  writeFileSync(join(root, 'public.jwk'), '{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}');
  writeFileSync(join(root, 'secret.jwk'), '{"kty":"oct","k":"AAAA","alg":"ES256"}');
  writeFileSync(join(root, 'empty'), '');
  return (argv) => argv.replaceAll('ROOT', root).split(' ');
}

test.each([
  [
    'token make --user a --private ROOT/text',
    'text holds no private key (JWK); npm run admin -- token keys makes one',
  ],
  ['token make --user a --private ROOT/empty', 'empty holds no private key'],
  ['token make --user a --private ROOT/public.jwk', 'public.jwk holds no private key'],
  ['token make --user a --private ROOT/secret.jwk', 'secret.jwk does not sign ES256'],
  ['token make --user a --private ROOT/folder', 'folder is a folder: name a file'],
  ['token make --user a --private ROOT/gone', 'there is no file '],
  ['token make --user a --private ROOT/text/x', 'a part of its path is a file and no folder'],
  ['token keys --private ROOT/gone/a --public ROOT/b', '/gone: make it, or name another file'],
  ['token keys --private ROOT/a --public ROOT/gone/b', '/gone: make it, or name another file'],
  ['token keys --private ROOT/a --public ROOT/text', 'text is there already'],
  ['token keys --private ROOT/a --public ROOT/folder/../a', 'name the same file'],
  ['keys make ROOT/text', 'may be the key of a data folder'],
  ['keys make ROOT/folder', 'folder is there already'],
  [
    'restore --data-dir ROOT/new --snapshot ROOT/text',
    'text is no snapshot; snapshots are in the folder snapshots',
  ],
  ['restore --data-dir ROOT/new --snapshot ROOT/folder', 'folder is no snapshot'],
  ['restore --data-dir ROOT/new --snapshot ROOT/gone', 'gone is no snapshot'],
  ['restore --data-dir ROOT/text --snapshot ROOT/folder', 'text cannot be a data folder'],
])('a wrong path is refused in a line without what the file holds: %s', async (argv, says) => {
  const named = slips();
  const { code, err, out } = await said(...named(argv));
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(says);
  expect(err).toMatch(/^Nothing was changed: [^\n]*\n$/);
  expect(err).not.toContain('root:');
  for (const made of ['a', 'b', 'new']) expect(existsSync(named(`ROOT/${made}`)[0]), made).toBe(false);
});

test.each([
  ['gone', 'there is no file'],
  ['folder', 'is a folder: name a file'],
])('a secret of the environment in a wrong place is refused: %s', async (name, says) => {
  const [path] = slips()(`ROOT/${name}`);
  const env = { AFTERCLICK_TOKEN_SECRET_FILE: path };
  const { code, err } = await saidWith(env, 'token', 'make', '--user', 'a');
  expect([code, err]).toEqual([2, expect.stringContaining(says)]);
});
