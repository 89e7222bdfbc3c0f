import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartupError } from '../../../../metrics/process/startup-error.js';
import { systemProblem, unreadableFile } from '../../../../metrics/process/system-problem.js';

/** Bytes of a key of AES-256. */
export const KEY_BYTES = 32;
/** A command that prints the key has so long, ms. */
const COMMAND_MS = 10_000;

/** Where the master key comes from; both '' where nothing is encrypted. */
export interface MasterKeySource {
  readonly masterKeyFile: string;
  readonly masterKeyCommand: string;
}

/**
 * The master key, `KEY_BYTES` bytes: of a file with 64 hexadecimal digits or 44 letters of base64, which is made when it is not there, or
 * of what a command prints. Undefined where neither is named. Throws `StartupError` `master_key_invalid`.
 */
export function readMasterKey(
  { masterKeyFile, masterKeyCommand }: MasterKeySource,
  commandMs = COMMAND_MS,
): Buffer | undefined {
  if (masterKeyFile !== '' && masterKeyCommand !== '')
    throw invalid('AFTERCLICK_MASTER_KEY_FILE and AFTERCLICK_MASTER_KEY_COMMAND are both set: set one');
  if (masterKeyCommand !== '')
    return parsed(printed(masterKeyCommand, commandMs), 'AFTERCLICK_MASTER_KEY_COMMAND');
  if (masterKeyFile === '') return undefined;
  if (!existsSync(masterKeyFile)) makeMasterKey(masterKeyFile);
  return parsed(textOf(masterKeyFile), masterKeyFile);
}

/** Writes a new key to a file that the process's user alone may read. Throws `StartupError` when it is there, or cannot be written. */
export function makeMasterKey(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${randomBytes(KEY_BYTES).toString('hex')}\n`, {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
    chmodSync(path, 0o600);
  } catch (cause) {
    throw invalid(
      `the master key ${path} cannot be written: ${systemProblem(cause) ?? (cause as Error).message}`,
    );
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(`the master key: ${unreadableFile(path, cause)}`);
  }
}

function printed(command: string, commandMs: number): string {
  try {
    return execFileSync('/bin/sh', ['-c', command], {
      encoding: 'utf8',
      timeout: commandMs,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (cause) {
    // What it printed stays untold: it may be the key.
    const how = isTooLate(cause) ? `took longer than ${commandMs / 1_000} s` : 'failed';
    throw invalid(`the command of AFTERCLICK_MASTER_KEY_COMMAND ${how}; run it by hand to see why`, cause);
  }
}

function isTooLate(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ETIMEDOUT';
}

function parsed(text: string, from: string): Buffer {
  const letters = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(letters) ? Buffer.from(letters, 'hex') : Buffer.from(letters, 'base64');
  if (key.length === KEY_BYTES) return key;
  throw invalid(
    `${from} has to give ${KEY_BYTES} bytes as 64 hexadecimal digits or as base64; openssl rand -hex ${KEY_BYTES} makes them`,
  );
}

function invalid(problem: string, cause?: unknown): StartupError {
  return new StartupError('master_key_invalid', problem, { cause });
}
