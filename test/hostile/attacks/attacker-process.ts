import { answerQuestions } from '../../support/gateway/helper-process.js';
import type { Attack } from './attack.js';
import { ATTACKS } from './all-attacks.js';
import { Scene, type SceneSetting } from './scene.js';

/** One attack, or several at once, for so long. */
export interface AttackOrder {
  readonly names: readonly string[];
  readonly port: number;
  readonly items: readonly string[];
  readonly seed: number;
  readonly durationMs: number;
  readonly tag: string;
}

/** What came of it. `cpuMs` is the hostile client's own. */
export interface AttackReport {
  readonly actions: number;
  readonly problemCount: number;
  readonly problems: readonly string[];
  readonly cpuMs: number;
}

/** An attack that does not end in time is left behind. */
const GRACE_MS = 3_000;

/** Runs one attack to its end; the setting has the time. */
async function play(attack: Attack, setting: SceneSetting): Promise<Scene> {
  const scene = new Scene(setting);
  const limit = new Promise<void>((resolve) =>
    setTimeout(resolve, setting.untilMs - performance.now() + GRACE_MS).unref(),
  );
  await Promise.race([attack.run(scene), limit]);
  scene.end();
  return scene;
}

/** A loopback address of its own for each attack: bounds that count by address do not meet honest shoppers, who use 127.0.0.1. */
function addressOf(attack: Attack): string {
  return `127.0.0.${2 + ATTACKS.indexOf(attack)}`;
}

async function carryOut({ names, port, items, seed, durationMs, tag }: AttackOrder): Promise<AttackReport> {
  const cpu = process.cpuUsage();
  const untilMs = performance.now() + durationMs;
  const attacks = ATTACKS.filter(({ name }) => names.includes(name));
  const scenes = await Promise.all(
    attacks.map((attack, i) =>
      play(attack, {
        port,
        items,
        localAddress: addressOf(attack),
        untilMs,
        seed: seed + i,
        tag: `${tag}-${i}`,
      }),
    ),
  );
  const used = process.cpuUsage(cpu);
  const outcomes = scenes.map(({ outcome }) => outcome);
  return {
    actions: outcomes.reduce((sum, { actions }) => sum + actions, 0),
    problemCount: outcomes.reduce((sum, { problemCount }) => sum + problemCount, 0),
    problems: outcomes.flatMap(({ problems }) => problems),
    cpuMs: (used.user + used.system) / 1_000,
  };
}

answerQuestions((order: AttackOrder) => carryOut(order));
