import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { OptionValues } from '../../metrics/process/options.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { unreadableFile } from '../../metrics/process/system-problem.js';
import type { operatorOptions } from './operator-options.js';
import { tokenHeaders } from './shown-token.js';

/** What a gateway says to operators. */
export interface OperatorAnswer {
  readonly status: number;
  readonly text: string;
}

interface Door {
  readonly url: string;
  readonly agent: Agent;
}

/** How long an answer of the operators' port may take. */
const ANSWER_MS = 10_000;

let door: Door | undefined;

/**
 * From now on what is for operators is asked for at their port, with a certificate. Without an address it is asked for where all else is.
 * Throws `StartupError` `bad_arguments` for files that cannot be used, and for flags that do not go together.
 */
export function useOperatorDoor({ operatorUrl, cert, key, ca }: OptionValues<typeof operatorOptions>): void {
  if (operatorUrl === undefined) {
    if (cert ?? key ?? ca) throw bad('--cert, --key and --ca are for --operator-url: name it too');
    door = undefined;
    return;
  }
  if (cert === undefined || key === undefined)
    throw bad('--operator-url asks for a certificate: name it with --cert, and its key with --key');
  const shown = {
    cert: fileOf('--cert', cert),
    key: fileOf('--key', key),
    ...(ca !== undefined && { ca: fileOf('--ca', ca) }),
  };
  door = { url: operatorUrl, agent: new Agent({ ...shown, keepAlive: true, maxSockets: 1 }) };
}

/** `GET` of what is for operators, of the gateway at `baseUrl`. Rejects when nobody answers. */
export async function askAsOperator(baseUrl: string, path: string): Promise<OperatorAnswer> {
  if (door !== undefined) return askAtDoor(door, path);
  const response = await fetch(new URL(path, baseUrl), { headers: tokenHeaders() });
  return { status: response.status, text: await response.text() };
}

/** Resolves when operators are answered. Rejects with `StartupError` `bad_arguments` and what is wrong when they are not. */
export async function assertOperatorDoor(): Promise<void> {
  if (door === undefined) return;
  const { url } = door;
  const { status } = await askAtDoor(door, '/metrics').catch((error: Error) => {
    throw bad(
      `nobody answers operators at ${url} (${error.message}): look at --operator-url, --cert, --key and --ca`,
    );
  });
  if (status !== 200)
    throw bad(
      `GET ${url}/metrics answered ${status}: the token needs the scope operate, and the address has to be that of AFTERCLICK_OPERATOR_PORT`,
    );
}

function askAtDoor({ url, agent }: Door, path: string): Promise<OperatorAnswer> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  return new Promise((resolve, reject) => {
    request(new URL(path, url), { agent, signal, headers: tokenHeaders() }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, text: body }), reject);
    })
      .on('error', reject)
      .end();
  });
}

function fileOf(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw bad(`${flag}: ${unreadableFile(path, error)}`);
  }
}

function bad(problem: string): StartupError {
  return new StartupError('bad_arguments', problem);
}
