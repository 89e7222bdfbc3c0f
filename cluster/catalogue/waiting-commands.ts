import { itemTooLarge } from '../../model/catalogue/item-refusal.js';
import type { ItemCommand, ItemOutcome } from '../../model/catalogue/write-plan.js';
import { GROUP_ITEMS_MAX } from '../../model/catalogue/write-queue.js';
import { OverloadedError } from '../../shards/pool/shard-pool.js';
import { textsOf, type WrittenCommand } from './catalogue-message.js';

/** Bytes of the texts of a message, unless one of them alone has more. */
const MESSAGE_TEXT_BYTES = 128 * 1024;
/** Bytes of a text: with all that is around it a message stays below `MESSAGE_BYTES_MAX`. */
const TEXT_BYTES_MAX = 900_000;

/** A command that is not carried out yet. */
interface WaitingCommand {
  readonly written: WrittenCommand;
  readonly bytes: number;
  /** True while it is on its way to the log. */
  isSent: boolean;
  readonly answer: (outcomes: readonly ItemOutcome[]) => void;
  readonly refuse: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Commands of this node on their way to the log of the catalogue, in their order. One that is not carried out within `patienceMs` is
 * refused with an `OverloadedError`: it was not sent, and never is, or it may still be carried out.
 */
export class WaitingCommands {
  readonly #patienceMs: number;
  readonly #waiting: WaitingCommand[] = [];

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves, when all of the command was carried out, with one outcome for each of its items. It goes in several parts where it is more than a
   * message holds; an item that no message holds is refused.
   */
  async add(command: ItemCommand): Promise<readonly ItemOutcome[]> {
    const texts = textsOf(command);
    const large = texts.map((text) => Buffer.byteLength(text) > TEXT_BYTES_MAX);
    if (command.op === 'remove' || !large.includes(true)) return this.#addParts(command, texts);
    if (command.op === 'patch') return [tooLarge(command.id)];
    const taken = await this.#addParts(
      command,
      texts.filter((_, i) => !large[i]),
    );
    let next = 0;
    return command.items.map(({ id }, i) => (large[i] ? tooLarge(id) : taken[next++]));
  }

  async #addParts({ op }: ItemCommand, texts: readonly string[]): Promise<readonly ItemOutcome[]> {
    const parts = op === 'patch' ? [texts] : textParts(texts);
    const answers = await Promise.all(parts.map((part) => this.#addOne(op, part)));
    return answers.flat();
  }

  #addOne(op: ItemCommand['op'], texts: readonly string[]): Promise<readonly ItemOutcome[]> {
    return new Promise((resolve, reject) => {
      const one: WaitingCommand = {
        written: [op, ...texts],
        bytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
        isSent: false,
        answer: resolve,
        refuse: reject,
        timer: setTimeout(() => this.#giveUp(one), this.#patienceMs),
      };
      this.#waiting.push(one);
    });
  }

  /** The commands of the next message; they are on their way until `answer` or `refuseAll`. */
  send(): readonly WaitingCommand[] {
    let items = 0;
    let bytes = 0;
    const end = this.#waiting.findIndex((one) => {
      items += one.written.length - 1;
      bytes += one.bytes;
      return items > GROUP_ITEMS_MAX || bytes > MESSAGE_TEXT_BYTES;
    });
    const sent = this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(1, end));
    for (const one of sent) one.isSent = true;
    return sent;
  }

  /** They were carried out, with these outcomes of each. */
  static answer(sent: readonly WaitingCommand[], outcomes: readonly (readonly ItemOutcome[])[]): void {
    for (const [i, one] of sent.entries()) {
      clearTimeout(one.timer);
      one.answer(outcomes[i]);
    }
  }

  /** Nothing is waited for any more, neither what was sent nor what waits. */
  refuseAll(sent: readonly WaitingCommand[]): void {
    for (const one of [...sent, ...this.#waiting.splice(0)]) {
      clearTimeout(one.timer);
      this.#refuse(one);
    }
  }

  #giveUp(one: WaitingCommand): void {
    if (!one.isSent) this.#waiting.splice(this.#waiting.indexOf(one), 1);
    this.#refuse(one);
  }

  #refuse({ isSent, refuse }: WaitingCommand): void {
    const words = isSent
      ? 'the change of the items may still be carried out: the NATS servers have not said that they have it; look, or send it again'
      : 'the change of the items was not carried out: the NATS servers do not take changes now; send it again';
    refuse(new OverloadedError(words));
  }
}

/** Texts of items, or ids, in parts that go with one message each. */
function textParts(texts: readonly string[]): string[][] {
  const parts: string[][] = [];
  let bytes = Infinity;
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    if (bytes + size > MESSAGE_TEXT_BYTES || (parts.at(-1)?.length ?? 0) >= GROUP_ITEMS_MAX) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(text);
    bytes += size;
  }
  return parts;
}

function tooLarge(id: string): ItemOutcome {
  return { status: 'refused', id, ...itemTooLarge(TEXT_BYTES_MAX) };
}
