import { loadavg } from 'node:os';
import type { AttackOrder, AttackReport } from '../attacks/attacker-process.js';
import type { FindingsReport, Window } from '../shoppers/findings.js';
import type { ShoppersQuestion } from '../shoppers/shoppers-process.js';
import { callJson } from '../../support/gateway/http-json.js';
import type { Bout } from './bout-plan.js';
import { HelperProcess } from '../../support/gateway/helper-process.js';
import { type BoutResult, boutLine, type RunResult } from './results.js';
import { WatchedGateway } from './watched-gateway.js';

/** Between two bouts, in which memory and queues come to rest; its clicks still count to the bout. */
export const REST_MS = 500;
const WARM_UP_MS = 5_000;
const FINAL_REST_MS = 3_000;
/** Longest wait for the shoppers' answer; verification takes the longest. */
const SHOPPERS_WAIT_MS = 180_000;
const ATTACK_GRACE_MS = 15_000;
const NICE = 10;
/** Clicks are under way when the kill comes. */
const BEFORE_KILL_MS = 400;

const SHOPPERS = new URL('../shoppers/shoppers-process.js', import.meta.url);
const ATTACKER = new URL('../attacks/attacker-process.js', import.meta.url);

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The quiet half, the hostile half, a kill, and a look at what survived it. */
export class HostileRun {
  readonly #gateway: WatchedGateway;
  readonly #shoppers = new HelperProcess(SHOPPERS);
  #attacker = new HelperProcess(ATTACKER, NICE);
  #items: readonly string[] = [];
  #crashes = 0;

  private constructor(gateway: WatchedGateway) {
    this.#gateway = gateway;
  }

  /** @param say progress, a line each. */
  static async play(
    plan: readonly Bout[],
    { seed, quietMs }: { readonly seed: number; readonly quietMs: number },
    say: (line: string) => void,
  ): Promise<RunResult> {
    const run = new HostileRun(await WatchedGateway.start());
    try {
      return await run.#play(plan, { seed, quietMs }, say);
    } finally {
      run.#shoppers.end();
      run.#attacker.end();
      await run.#gateway.kill();
    }
  }

  async #play(
    plan: readonly Bout[],
    { seed, quietMs }: { readonly seed: number; readonly quietMs: number },
    say: (line: string) => void,
  ): Promise<RunResult> {
    const { startMs, url } = this.#gateway;
    const [loadBefore] = loadavg();
    await this.#tell({ ask: 'open', url, seed });
    const { body } = await callJson(url, 'GET', '/v1/items?limit=200');
    this.#items = (body['items'] as { id: string }[]).map(({ id }) => id);
    await rest(WARM_UP_MS);
    say(`quiet for ${Math.round(quietMs / 1_000)} s`);
    const quietCpu = await this.#cpuShare(() => this.#quiet(quietMs));
    const residentQuiet = this.#gateway.residentMib();
    const bouts: BoutResult[] = [];
    const stopped = await this.#wordsOf(() => this.#attackAll(plan, bouts, say));
    await rest(FINAL_REST_MS);
    const residentEnd = this.#gateway.residentMib();
    say('kill -9, start again, and a look at what was acknowledged');
    const unverified = stopped || (await this.#wordsOf(() => this.#killAndVerify()));
    const restartMs = this.#gateway.startMs;
    const findings = await this.#tell<FindingsReport>({ ask: 'report' });
    const code = this.#gateway.isAlive ? await this.#gateway.stop() : 1;
    if (code !== 0) this.#crashes++;
    const figures = { residentQuiet, residentEnd, quietCpu: quietCpu.share, loadBefore, startMs, restartMs };
    return { findings, bouts, crashes: this.#crashes, unverified, ...figures };
  }

  async #attackAll(plan: readonly Bout[], bouts: BoutResult[], say: (line: string) => void): Promise<void> {
    for (const bout of plan) {
      bouts.push(await this.#bout(bout, bouts.length));
      say(boutLine(bouts.at(-1)!));
    }
  }

  /** Why something could not be done, '' when it was: a gateway that does not start again is a result, not the end of the report. */
  async #wordsOf(act: () => Promise<void>): Promise<string> {
    try {
      await act();
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #quiet(ms: number): Promise<void> {
    await this.#window({ name: 'quiet', phase: 'quiet' });
    await rest(ms);
  }

  async #bout({ name, attacks, seed, durationMs }: Bout, number: number): Promise<BoutResult> {
    const gateway = this.#gateway;
    const residentBefore = gateway.residentMib();
    gateway.takePeakMib();
    await this.#window({ name, phase: 'hostile' });
    const port = Number(new URL(gateway.url).port);
    const tag = `${name}-${number}`;
    const { result, share } = await this.#cpuShare(() =>
      this.#attack({ names: attacks, port, items: this.#items, seed, durationMs, tag }),
    );
    await rest(REST_MS);
    const { crashes, log } = await this.#takeCrashes();
    return {
      ...result,
      name,
      attacks,
      seconds: durationMs / 1_000,
      residentBefore,
      residentAfter: gateway.residentMib(),
      residentPeak: gateway.takePeakMib(),
      gatewayCpu: share,
      attackerCpu: result.cpuMs / durationMs,
      crashes,
      log,
    };
  }

  /** Lets the hostile client work. One that breaks itself is replaced. */
  async #attack(order: AttackOrder): Promise<AttackReport> {
    try {
      return await this.#attacker.ask<AttackReport>(order, order.durationMs + ATTACK_GRACE_MS);
    } catch (error) {
      this.#attacker.end();
      this.#attacker = new HelperProcess(ATTACKER, NICE);
      return { actions: 0, problemCount: 1, problems: [`the hostile client: ${String(error)}`], cpuMs: 0 };
    }
  }

  /** What broke since the last look; a gateway that ended is started again, so that the next attack has one. */
  async #takeCrashes(): Promise<{ readonly crashes: number; readonly log: string }> {
    const before = this.#crashes;
    const { isAlive, log } = this.#gateway;
    if (isAlive) this.#crashes += await this.#gateway.takeInnerCrashes();
    else {
      this.#crashes++;
      await this.#gateway.restart();
    }
    const crashes = this.#crashes - before;
    return { crashes, log: crashes > 0 ? log : '' };
  }

  async #killAndVerify(): Promise<void> {
    await this.#tell({ ask: 'settle' });
    await rest(BEFORE_KILL_MS);
    await this.#tell({ ask: 'expect end' });
    await this.#gateway.kill();
    await this.#gateway.restart();
    await this.#tell({ ask: 'verify' });
    this.#crashes += await this.#gateway.takeInnerCrashes();
  }

  /** Share of one core that the gateway used meanwhile. */
  async #cpuShare<T>(act: () => Promise<T>): Promise<{ readonly result: T; readonly share: number }> {
    const [fromSeconds, fromMs] = [this.#gateway.cpuSeconds(), performance.now()];
    const result = await act();
    const share = (this.#gateway.cpuSeconds() - fromSeconds) / ((performance.now() - fromMs) / 1_000);
    return { result, share };
  }

  #window(window: Window): Promise<object> {
    return this.#tell({ ask: 'window', window });
  }

  #tell<T = object>(question: ShoppersQuestion): Promise<T> {
    return this.#shoppers.ask<T>(question, SHOPPERS_WAIT_MS);
  }
}
