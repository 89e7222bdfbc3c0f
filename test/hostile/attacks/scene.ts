import { connect, type Socket } from 'node:net';
import { CLOSES } from '../../../gateway/protocol/close-codes.js';
import { ERROR_CODES, type ServerMessage } from '../../../gateway/protocol/messages.js';
import { HostileSocket, type SocketWishes } from '../wire/hostile-socket.js';
import { httpCall } from '../wire/kept-http.js';
import { rawHttp, type RawAnswer } from '../wire/raw-http.js';
import { seededRandom } from '../../support/random.js';
import { httpProblem } from './http-promises.js';
import { Stage } from './stage.js';

export interface SceneSetting {
  readonly port: number;
  readonly seed: number;
  /** Where it comes from: not from where honest shoppers do. */
  readonly localAddress: string;
  /** Ids of the shop's items. */
  readonly items: readonly string[];
  /** `performance.now()` at which the attack has to end. */
  readonly untilMs: number;
  /** Differs from attack to attack: names that are to be new begin with it. */
  readonly tag: string;
}

/** Of RFC 6455, as far as a bad client may see them (1005 and 1006 are ends without a code), and of the contract. */
const RFC_CODES = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009];
const CLOSE_CODES = new Set<number>([...RFC_CODES, ...Object.values(CLOSES).map(({ code }) => code)]);
/** Far from each other: seeds of an attack's actions. */
const ACTION_SEEDS = 7_919;

/** Where one attack takes place: its means, its end, and what it notices. Whatever it opens is closed with it. */
export class Scene {
  readonly port: number;
  readonly host: string;
  readonly random: (limit: number) => number;
  readonly items: readonly string[];
  readonly tag: string;
  readonly #untilMs: number;
  readonly #setting: SceneSetting;
  readonly #stage: Stage;

  /** @param stage that of the scene which this one is a part of. */
  constructor(setting: SceneSetting, stage = new Stage()) {
    this.port = setting.port;
    this.host = `127.0.0.1:${setting.port}`;
    this.random = seededRandom(setting.seed);
    this.items = setting.items;
    this.tag = setting.tag;
    this.#untilMs = setting.untilMs;
    this.#setting = setting;
    this.#stage = stage;
  }

  /** What was done and noticed so far. */
  get outcome(): Pick<Stage, 'actions' | 'problemCount' | 'problems'> {
    return this.#stage;
  }

  get isOver(): boolean {
    return performance.now() >= this.#untilMs;
  }

  did(count = 1): void {
    this.#stage.actions += count;
  }

  problem(words: string): void {
    this.#stage.problem(words);
  }

  item(): string {
    return this.items[this.random(this.items.length)];
  }

  /** Lets others work; at most until the scene is over. */
  pause(ms = 0): Promise<void> {
    const waitMs = Math.min(ms, Math.max(0, this.#untilMs - performance.now()));
    return new Promise((resolve) => (waitMs === 0 ? setImmediate(resolve) : setTimeout(resolve, waitMs)));
  }

  /**
   * Runs `act` again and again, so many at a time, until the scene is over or `act` has been begun `countMax` times. Each has
   * random numbers of its own, so what the n-th does is the same for the same seed, whatever the others do meanwhile.
   */
  async repeat(
    width: number,
    act: (number: number, scene: Scene) => Promise<unknown>,
    countMax = Infinity,
  ): Promise<void> {
    let number = 0;
    const lane = async (): Promise<void> => {
      while (!this.isOver && number < countMax) {
        const seed = (this.#setting.seed + number * ACTION_SEEDS) % 2 ** 32;
        await act(number++, new Scene({ ...this.#setting, seed }, this.#stage));
        await this.pause();
      }
    };
    await Promise.all(Array.from({ length: width }, lane));
  }

  /** A WebSocket whose answers are looked at. Open, or refused. */
  async socket(wishes?: SocketWishes): Promise<HostileSocket> {
    const { localAddress } = this.#setting;
    const socket = new HostileSocket(this.port, { ...wishes, localAddress });
    this.#stage.sockets.add(socket);
    socket.onNonsense = (words) => this.problem(words);
    socket.onMessage = (message) => this.#look(message);
    socket.tcp.once('close', () => {
      this.#stage.sockets.delete(socket);
      if (!CLOSE_CODES.has(socket.closeCode ?? 0)) this.problem(`closed with ${socket.closeCode}`);
    });
    this.did();
    await socket.opened();
    return socket;
  }

  /** A socket that has said `hello`, as a user of this attack. */
  async visitor(hello: object = {}, wishes?: SocketWishes): Promise<HostileSocket> {
    const socket = await this.socket(wishes);
    socket.send({ t: 'hello', ...hello });
    this.did();
    return socket;
  }

  /** A TCP connection without more. */
  tcp(): Socket {
    const socket = connect(this.#address()).on('error', () => undefined);
    this.#stage.tcp.add(socket);
    socket.once('close', () => this.#stage.tcp.delete(socket));
    this.did();
    return socket;
  }

  /** Bytes as they are, on a connection of their own; only the promises that hold for any bytes are looked at. */
  async raw(pieces: readonly (string | Uint8Array)[], waitMs?: number): Promise<RawAnswer> {
    this.did();
    const answer = await rawHttp(this.#address(), pieces, waitMs);
    if (answer.status === 500)
      this.problem(`500 to ${String(pieces[0]).slice(0, 120)}: ${answer.body.slice(0, 120)}`);
    return answer;
  }

  /** A good HTTP request with any body; its answer has to be as documented. Resolves with status 0 when none came. */
  async call(method: string, path: string, body = '', type = 'application/json'): Promise<RawAnswer> {
    this.did();
    const { agent } = this.#stage;
    const answer = await httpCall({ method, path, agent, ...this.#address() }, body, type);
    const problem = httpProblem(answer);
    if (problem !== undefined)
      this.problem(`${method} ${path.slice(0, 60)} ${body.slice(0, 120)}: ${problem}`);
    return answer;
  }

  /** Closes all that is open. */
  end(): void {
    this.#stage.clear();
  }

  #address(): { host: string; port: number; localAddress: string } {
    return { host: '127.0.0.1', port: this.port, localAddress: this.#setting.localAddress };
  }

  #look(message: ServerMessage): void {
    if (message.t !== 'error') return;
    const { code } = message;
    if (code === 'internal' || !ERROR_CODES.includes(code)) this.problem(`error ${code}: ${message.message}`);
  }
}
