import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import type { HostileSocket } from '../wire/hostile-socket.js';

const PROBLEMS_MAX = 5;
const PROBLEM_CHARS = 300;
const HTTP_CONNECTIONS = 64;

/** What all parts of one attack share: what is open, what was done, and what went wrong. */
export class Stage {
  readonly sockets = new Set<HostileSocket>();
  readonly tcp = new Set<Socket>();
  readonly agent = new Agent({ keepAlive: true, maxSockets: HTTP_CONNECTIONS });
  actions = 0;
  problemCount = 0;
  /** The first of them, in words; none twice. */
  readonly problems: string[] = [];

  problem(words: string): void {
    this.problemCount++;
    const text = words.slice(0, PROBLEM_CHARS);
    if (this.problems.length < PROBLEMS_MAX && !this.problems.includes(text)) this.problems.push(text);
  }

  clear(): void {
    for (const socket of this.sockets) socket.tcp.destroy();
    for (const socket of this.tcp) socket.destroy();
    this.agent.destroy();
  }
}
