import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { patientTimer } from '../patience.js';

/** What goes to a helper process and comes back; one answer for each question. */
interface Letter {
  readonly number: number;
  readonly body?: unknown;
  readonly failure?: string;
}

/** A process of the suite that answers questions. It ends with the suite, whatever happens to that. */
export class HelperProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (body: never) => void; reject: (error: Error) => void }>();
  #number = 0;

  /** @param entry address of a compiled file of the suite. @param nice 0 … 19. */
  constructor(entry: URL, nice = 0) {
    const path = fileURLToPath(entry);
    this.#child = fork(path, { execArgv: ['--enable-source-maps'], stdio: ['ignore', 2, 2, 'ipc'] });
    if (nice > 0 && this.#child.pid !== undefined) setPriority(this.#child.pid, nice);
    this.#child.on('message', (letter: Letter) => this.#settle(letter));
    this.#child.once('exit', (code, signal) => this.#ended(`${basename(path)} ended with ${code ?? signal}`));
    process.once('exit', () => this.#child.kill('SIGKILL'));
  }

  /** Rejects when the process ends or does not answer in time. */
  ask<T>(body: object, waitMs: number): Promise<T> {
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      const answered = patientTimer(waitMs, () => {
        this.#waiting.delete(number);
        reject(new Error(`no answer within ${waitMs} ms to ${JSON.stringify(body).slice(0, 100)}`));
      });
      const settle = (act: () => void): void => {
        answered();
        this.#waiting.delete(number);
        act();
      };
      this.#waiting.set(number, {
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (error) => settle(() => reject(error)),
      });
      this.#child.send({ number, body } satisfies Letter, (error) => {
        if (error !== null) this.#waiting.get(number)?.reject(error);
      });
    });
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  #settle({ number, body, failure }: Letter): void {
    const asked = this.#waiting.get(number);
    if (failure === undefined) asked?.resolve(body as never);
    else asked?.reject(new Error(failure));
  }

  #ended(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
  }
}

/** The other side: answers each question with what `answer` resolves to. The process ends when the suite does. */
export function answerQuestions(answer: (body: never) => Promise<unknown>): void {
  process.on('message', ({ number, body }: Letter) => {
    void answer(body as never).then(
      (result) => process.send!({ number, body: result ?? {} } satisfies Letter),
      (error: unknown) =>
        process.send!({ number, failure: String((error as Error)?.stack ?? error) } satisfies Letter),
    );
  });
  process.once('disconnect', () => process.exit(1));
}
