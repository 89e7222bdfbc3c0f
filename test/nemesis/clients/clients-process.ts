import { join } from 'node:path';
import { answerQuestions } from '../../support/gateway/helper-process.js';
import { patientlyUntil } from '../../support/patience.js';
import { seededRandom } from '../../support/random.js';
import type { Client } from './client-host.js';
import { HttpClient } from './http-client.js';
import { LeavingClient } from './leaving-client.js';
import { LedgerFile } from './ledger-file.js';
import { PassingClient } from './passing-client.js';
import { SocketClient } from './socket-client.js';

/** What the suite asks of a process of clients. */
export type ClientsQuestion =
  /** Connects clients of these names; those whose ledger is there go on from it. */
  | {
      readonly ask: 'open';
      readonly url: string;
      readonly names: readonly string[];
      readonly ledgers: string;
      readonly seed: number;
    }
  | { readonly ask: 'go' }
  /** Answered when everything is acknowledged, or after a while with what is not. */
  | { readonly ask: 'settle' }
  | { readonly ask: 'end' };

export interface ClientsAnswer {
  readonly unsettled?: readonly string[];
}

const SETTLE_MS = 60_000;
const LOOK_EVERY_MS = 5;
/** Marks of one client: it has no more events in a run. */
const MARKS = 1_000_000;

let clients: Client[] = [];

answerQuestions(async (question: ClientsQuestion): Promise<ClientsAnswer> => {
  switch (question.ask) {
    case 'open':
      clients = question.names.map((name) => clientOf(name, question));
      return {};
    case 'go':
      for (const client of clients) client.go();
      return {};
    case 'settle':
      return { unsettled: await settle() };
    case 'end':
      for (const client of clients) client.end();
      return {};
  }
});

function clientOf(
  name: string,
  { url, ledgers, seed }: { readonly url: string; readonly ledgers: string; readonly seed: number },
): Client {
  const ledger = new LedgerFile(join(ledgers, `${name}.ledger`));
  const number = Number(/\d+$/.exec(name)?.[0]);
  let marks = number * MARKS + ledger.earlier.filter(({ k }) => k === 'sent' || k === 'posted').length;
  const random = seededRandom(seed * 1_000 + number + ledger.earlier.length);
  const host = { name, url, ledger, random, mark: () => ++marks };
  if (name.startsWith('leaving')) return new LeavingClient(host);
  if (name.startsWith('passing')) return new PassingClient(host);
  return name.startsWith('http') ? new HttpClient(host) : new SocketClient(host);
}

async function settle(): Promise<string[]> {
  for (const client of clients) client.settle();
  const unsettled = (): string[] => clients.map((client) => client.unsettled).filter((words) => words !== '');
  await patientlyUntil(() => unsettled().length === 0, { everyMs: LOOK_EVERY_MS, ms: SETTLE_MS });
  return unsettled();
}
