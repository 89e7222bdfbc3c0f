import type { AfterclickError } from '../events/errors.js';
import type { Requests as WholeRequests, RequestMessage } from '../requests.js';

type Arguments = ConstructorParameters<typeof WholeRequests>;
type Face = Pick<WholeRequests, 'nextId' | 'ask' | 'opened' | 'lost' | 'answered' | 'failed' | 'rejectAll'>;

/** Stands in for `Requests` in the script that a gateway serves: most pages ask nothing, and load the rest with the first question. */
export class Requests implements Face {
  readonly #arguments: Arguments;
  #whole: WholeRequests | undefined;
  #lastId = 0;
  /** Why nothing is asked any more. */
  #end: AfterclickError | undefined;

  constructor(...given: Arguments) {
    this.#arguments = given;
  }

  nextId(): string {
    return `r${++this.#lastId}`;
  }

  async ask(message: RequestMessage): Promise<never> {
    const { Requests } = await import('./after-welcome.js');
    if (this.#end) throw this.#end;
    this.#whole ??= new Requests(...this.#arguments);
    return this.#whole.ask(message) as Promise<never>;
  }

  opened(): void {
    this.#whole?.opened();
  }

  lost(): void {
    this.#whole?.lost();
  }

  answered(...given: Parameters<Face['answered']>): void {
    this.#whole?.answered(...given);
  }

  failed(...given: Parameters<Face['failed']>): boolean {
    return this.#whole?.failed(...given) ?? false;
  }

  rejectAll(error: AfterclickError): void {
    this.#end = error;
    this.#whole?.rejectAll(error);
  }
}
