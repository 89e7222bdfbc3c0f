import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { programVersion } from '../../metrics/program/program-version.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { Refusal } from '../../shards/api.js';
import { EXIT, type CommandContext } from './command-context.js';
import { verifyAudit, type AuditOptions } from './audit-command.js';
import { addCluster } from './cluster-command.js';
import { compact } from './compact-command.js';
import { makeMaster, rotateMaster } from './keys-command.js';
import { reshard } from './reshard-command.js';
import { restore } from './restore-command.js';
import { makeKeys, makeSecret, makeToken, type KeysOptions, type TokenOptions } from './token-command.js';
import { forgetUser, rollBackUser, showUser } from './user-command.js';
import { verify } from './verify-command.js';

/** Where the command line and what it says come from and go to. */
export interface AdminOutput extends CommandContext {
  /** To standard error. */
  readonly complain: (text: string) => void;
}

const AFTER_HELP = `
The gateway on the data folder has to be stopped: a command refuses while one has it; those of cluster are said to nodes that run. Options of the gateway are read from the
environment (AFTERCLICK_DATA_DIR, AFTERCLICK_BUNDLE, …) as npm start reads them.

Exit codes: 0 done, and sound; 1 something went wrong on the way; 2 wrong use, or refused: nothing was changed; 3 something is
broken or lost, and named.`;

/** Runs one command; resolves with the exit code. `argv` is without node and script. */
export async function runAdmin(argv: readonly string[], output: AdminOutput): Promise<number> {
  let code: number = EXIT.done;
  const program = adminProgram(output, (result) => (code = result));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.refused;
    output.complain(`${(error as Error).message}\n`);
    return error instanceof StartupError || error instanceof Refusal ? EXIT.refused : EXIT.failed;
  }
}

function adminProgram(output: AdminOutput, done: (code: number) => void): Command {
  const program = new Command('npm run admin --')
    .description(
      'What an operator does to a data folder of Afterclick: go back, check, compact, move, one user; tokens; and what one says to a cluster.',
    )
    .addHelpText('after', AFTER_HELP)
    .version(programVersion(), '-v, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.say(text.trimEnd()), writeErr: output.complain })
    .showHelpAfterError(
      '--help says more; npm hands on only what stands behind --, as in npm run admin -- verify --replay',
    );
  addRestore(program, output, done);
  addVerify(program, output, done);
  addCompact(program, output, done);
  addReshard(program, output, done);
  addUser(program, output, done);
  addKeys(program, output, done);
  addToken(program, output, done);
  addAudit(program, output, done);
  addCluster(program, output, done);
  return program;
}

type Done = (code: number) => void;

function addRestore(program: Command, output: AdminOutput, done: Done): void {
  folderCommand(program.command('restore'))
    .description(
      'Brings the data folder back to a snapshot and, with its own journal, to now or to a given time. What stands there is moved aside, into replaced/. A data folder that does not exist yet is made of the snapshot alone. Also ends a restore that was interrupted.',
    )
    .option(
      '--snapshot <folder>',
      'the snapshot: a folder, or its name in snapshots/ (default: the newest one, or the newest before --until)',
    )
    .option(
      '--until <time>',
      'leave out what came after, such as 2026-01-31T12:00:00Z (default: now)',
      timeOf,
    )
    .option('--without-journal', 'the snapshot alone: what came after it is not brought back')
    .action(async (options: RestoreFlags) =>
      done(await restore(output, { ...options, journal: options.withoutJournal !== true })),
    );
}

interface RestoreFlags {
  readonly dataDir?: string;
  readonly snapshot?: string;
  readonly until?: number;
  readonly withoutJournal?: true;
}

function addVerify(program: Command, output: AdminOutput, done: Done): void {
  modelCommand(folderCommand(program.command('verify')))
    .description(
      'Reads all of a data folder or of a snapshot, changes nothing, and names what is broken, first things first; exit code 3 then.',
    )
    .argument('[folder]', 'a data folder or a snapshot (default: the data folder)')
    .option(
      '--replay',
      'replay the journals as well, with the model that the gateway serves, and compare every user with what that makes of them',
    )
    .action(async (folder: string | undefined, options: object) =>
      done(await verify(output, folder, options)),
    );
}

function addCompact(program: Command, output: AdminOutput, done: Done): void {
  modelCommand(folderCommand(program.command('compact')))
    .description(
      'Drops the oldest records of the journals, which training and rebuilt states then do not have any more, and writes the files without the room that is free. What recovery or a snapshot that is kept still needs stays.',
    )
    .option('--keep-days <days>', 'drop what is older', numberOf(0))
    .option('--keep-bytes <bytes>', 'drop the oldest until a journal has no more, of each shard', numberOf(0))
    .option(
      '--erased',
      'where nothing is encrypted: take every byte of users who were erased out of journals and tables, and delete the snapshots, which have them; nothing else is dropped then',
    )
    .action(async (options: object) => done(await compact(output, options)));
}

function addReshard(program: Command, output: AdminOutput, done: Done): void {
  modelCommand(folderCommand(program.command('reshard')))
    .description('Moves the users to another number of shards, as a start with that number does.')
    .requiredOption('--shards <number>', 'how many shards from now on', numberOf(1))
    .action(async (options: { readonly shards: number }) => done(await reshard(output, options)));
}

function addUser(program: Command, output: AdminOutput, done: Done): void {
  const user = program
    .command('user')
    .description('Shows one user, puts them back to a snapshot, or forgets them.');
  userCommand(user, 'show')
    .description('Says all that is stored of a user, as JSON.')
    .action(async (id: string, options: object) => done(await showUser(output, id, options)));
  modelCommand(userCommand(user, 'rollback'))
    .description(
      'Gives a user the graph that they had when a snapshot was made. Their sessions go on, so clients lose nothing that they send.',
    )
    .requiredOption('--snapshot <folder>', 'the snapshot: a folder, or its name in snapshots/')
    .action(async (id: string, options: { readonly snapshot: string }) =>
      done(await rollBackUser(output, id, options)),
    );
  userCommand(user, 'forget')
    .description(
      'Takes a user away: graph, sessions, and the visitors who became theirs. Says where they are still named: in journals until compact drops that, and in snapshots.',
    )
    .action(async (id: string, options: object) => done(await forgetUser(output, id, options)));
}

function addKeys(program: Command, output: AdminOutput, done: Done): void {
  const keys = program
    .command('keys')
    .description('Makes a master key, or changes that of a data folder (docs/SECURITY.md).');
  keys
    .command('make')
    .description('Makes a master key for AFTERCLICK_MASTER_KEY_FILE.')
    .argument('<file>', 'where it goes; that user alone may read it')
    .action((file: string) => done(makeMaster(output, file)));
  folderCommand(keys.command('rotate'))
    .description(
      'Wraps the keys of a data folder with another master key; the data is not written. The environment gives the master key as it is now.',
    )
    .requiredOption('--to <file>', 'the new master key; made when it is not there')
    .action(async (options: { readonly dataDir?: string; readonly to: string }) =>
      done(await rotateMaster(output, options)),
    );
}

function addToken(program: Command, output: AdminOutput, done: Done): void {
  const token = program
    .command('token')
    .description('Makes keys and tokens for development; a shop makes its tokens itself (docs/SECURITY.md).');
  token
    .command('secret')
    .description('Prints a secret for AFTERCLICK_TOKEN_SECRET.')
    .action(() => done(makeSecret(output)));
  token
    .command('keys')
    .description(
      'Makes a pair of keys: the private half to sign with, the public one for AFTERCLICK_TOKEN_KEYS.',
    )
    .requiredOption('--private <file>', 'where the private half goes (JWK); that user alone may read it')
    .requiredOption('--public <file>', 'where the public half goes (JWKS)')
    .addOption(
      new Option('--alg <name>', 'what to sign with').choices(['ES256', 'RS256', 'EdDSA']).default('ES256'),
    )
    .action(async (options: KeysOptions) => done(await makeKeys(output, options)));
  token
    .command('make')
    .description('Prints a token, signed with the secret of the environment or with a private key.')
    .option('--user <id>', 'sub: the only user that it speaks for')
    .option('--scope <names>', 'what it allows, comma separated', 'shop')
    .option('--minutes <number>', 'how long it is good for', numberOf(0), 60)
    .option('--private <file>', 'a private key that token keys made (default: the secret)')
    .action(async (options: TokenOptions) => done(await makeToken(output, options)));
}

function addAudit(program: Command, output: AdminOutput, done: Done): void {
  const audit = program.command('audit').description('Checks the files that say who did what.');
  folderCommand(audit.command('verify'))
    .description(
      'Goes through every line, and names the first that was changed, taken out or put in; exit code 3 then. The gateway may run meanwhile.',
    )
    .option(
      '--head <hash>',
      'hash of a line that has to be there, as a check before told it: shows that the end was cut off',
    )
    .action((options: AuditOptions) => done(verifyAudit(output, options)));
}

function userCommand(user: Command, name: string): Command {
  return folderCommand(user.command(name))
    .argument('<id>', 'id of the user, or with --visitor that of a session')
    .option('--visitor', 'the id is that of the session of a visitor, who has no other');
}

function folderCommand(command: Command): Command {
  return command.option('--data-dir <folder>', 'the data folder (default: AFTERCLICK_DATA_DIR, or ./data)');
}

function modelCommand(command: Command): Command {
  return command.option(
    '--bundle <folder>',
    'the bundle that the gateway serves (default: AFTERCLICK_BUNDLE, or the demo)',
  );
}

function timeOf(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('Write a time with its zone, such as 2026-01-31T12:00:00Z.');
  return ms;
}

function numberOf(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least)
      throw new InvalidArgumentError(`Write a number from ${least} on.`);
    return value;
  };
}
