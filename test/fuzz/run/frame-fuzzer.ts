import { codecOf } from '../../../gateway/protocol/codec.js';
import type { ServerMessage } from '../../../gateway/protocol/messages.js';
import { clientFrame, OPCODE } from '../../hostile/wire/frames.js';
import { HostileSocket, messageFrame, type Tongue } from '../../hostile/wire/hostile-socket.js';
import { patientlyUntil, patientTimer } from '../../support/patience.js';
import { mutated } from '../mutate.js';
import { SEED_MESSAGES } from '../seeds/seed-messages.js';
import type { Fuzzer, FuzzHost } from './fuzzer.js';

const BATCH_FRAMES = 64;
/** Longest wait for the answer to a batch, also of a gateway whose process somebody has stopped for a while. */
const ANSWER_MS = 300_000;
/** Pause before a connection is tried again that found the gateway busy. */
const BUSY_MS = 200;

/**
 * Mutated messages over WebSockets. Behind each stands a `ping` that fits the contract: so a connection is not closed for what came before,
 * and the last pong says that all of the batch was looked at.
 */
export class FrameFuzzer implements Fuzzer {
  readonly #host: FuzzHost;
  readonly #tongue: Tongue;
  readonly #seeds: readonly Buffer[];
  #socket: HostileSocket | undefined;
  #batches = 0;
  /** Told of a pong with its id, or of the connection's end. */
  #heard: (pong: unknown) => void = () => undefined;
  connections = 0;

  constructor(host: FuzzHost, tongue: Tongue) {
    this.#host = host;
    this.#tongue = tongue;
    const codec = codecOf(`afterclick.v1.${tongue}`);
    this.#seeds = SEED_MESSAGES.map((message) => Buffer.from(codec.encode(message)));
  }

  async batch(): Promise<number> {
    const socket = await this.#open();
    const last = `end-${++this.#batches}`;
    const frames: Buffer[] = [];
    for (let i = 1; i <= BATCH_FRAMES; i++)
      frames.push(
        this.#frame(),
        messageFrame({ t: 'ping', id: i === BATCH_FRAMES ? last : i }, this.#tongue),
      );
    const answered = this.#answered(socket, last);
    socket.bytes(Buffer.concat(frames));
    await answered;
    return BATCH_FRAMES;
  }

  end(): void {
    this.#socket?.tcp.destroy();
  }

  #frame(): Buffer {
    const { random } = this.#host;
    const pick = (): Buffer => this.#seeds[random(this.#seeds.length)];
    const opcode = this.#tongue === 'json' ? OPCODE.text : OPCODE.binary;
    return clientFrame(mutated(pick(), pick(), random), { opcode });
  }

  async #open(): Promise<HostileSocket> {
    if (this.#socket?.isOpen === true) return this.#socket;
    const isOpened = await patientlyUntil(() => this.#connect(), { everyMs: BUSY_MS, ms: ANSWER_MS });
    const socket = this.#socket!;
    if (!isOpened) this.#host.problem(`a WebSocket was not opened: status ${socket.status}`);
    socket.send({ t: 'hello', user: `fuzz-${this.#host.random(200)}`, slots: [{ slot: 'home', k: 5 }] });
    return socket;
  }

  /** False when the gateway has too much to do for another one (503), or nothing came: it is tried again. */
  async #connect(): Promise<boolean> {
    const { port, localAddress, problem } = this.#host;
    const socket = new HostileSocket(port, { tongue: this.#tongue, localAddress });
    this.#socket = socket;
    this.connections++;
    socket.onMessage = (message) => this.#take(message);
    socket.onNonsense = problem;
    socket.tcp.on('close', () => this.#heard(undefined));
    const isOpened = await socket.opened();
    if (!isOpened) socket.tcp.destroy();
    return isOpened;
  }

  #take(message: ServerMessage): void {
    if (message.t === 'pong') this.#heard(message.id);
    if (message.t === 'error' && message.code === 'internal')
      this.#host.problem(`batch ${this.#batches} of ${this.#tongue}: internal, ${message.message}`);
  }

  /** Resolves with the pong of that id, or the connection's end. */
  #answered(socket: HostileSocket, id: string): Promise<void> {
    if (!socket.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const settled = patientTimer(ANSWER_MS, () => {
        this.#host.problem(`batch ${this.#batches} of ${this.#tongue}: no answer in ${ANSWER_MS} ms`);
        socket.tcp.destroy();
      });
      this.#heard = (pong) => {
        if (pong !== id && pong !== undefined) return;
        settled();
        resolve();
      };
    });
  }
}
