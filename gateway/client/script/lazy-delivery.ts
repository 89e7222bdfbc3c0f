import type { Delivery as WholeDelivery } from '../events/delivery.js';

type Arguments = ConstructorParameters<typeof WholeDelivery>;
type Face = Pick<
  WholeDelivery,
  'add' | 'opened' | 'lost' | 'acked' | 'listed' | 'failed' | 'undecoded' | 'ponged' | 'leaves'
>;

/**
 * Stands in for `Delivery` in the script that a gateway serves: the rest is loaded behind the welcome, or with the first event.
 * Until it is there events wait in the queue. A load that failed is tried again with the next event or connection.
 */
export class Delivery implements Face {
  readonly #arguments: Arguments;
  #whole: WholeDelivery | undefined;
  #isLoading = false;
  /** How the connection that is open began. */
  #opening: Parameters<Face['opened']> | undefined;

  constructor(...given: Arguments) {
    this.#arguments = given;
  }

  add(...given: Parameters<Face['add']>): boolean {
    if (this.#whole) return this.#whole.add(...given);
    const [queue, port] = this.#arguments;
    if (!queue.add(...given)) return false;
    port.save();
    void this.#load();
    return true;
  }

  opened(...given: Parameters<Face['opened']>): void {
    if (this.#whole) return this.#whole.opened(...given);
    this.#opening = given;
    void this.#load();
  }

  lost(): void {
    this.#opening = undefined;
    this.#whole?.lost();
  }

  acked(...given: Parameters<Face['acked']>): void {
    this.#whole?.acked(...given);
  }

  listed(...given: Parameters<Face['listed']>): void {
    this.#whole?.listed(...given);
  }

  failed(...given: Parameters<Face['failed']>): void {
    this.#whole?.failed(...given);
  }

  undecoded(): void {
    this.#whole?.undecoded();
  }

  ponged(...given: Parameters<Face['ponged']>): boolean {
    return this.#whole?.ponged(...given) ?? false;
  }

  leaves(...given: Parameters<Face['leaves']>): void {
    this.#whole?.leaves(...given);
  }

  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      const { Delivery } = await import('./after-welcome.js');
      this.#whole = new Delivery(...this.#arguments);
      if (this.#opening) this.#whole.opened(...this.#opening);
    } catch {
      this.#isLoading = false;
    }
  }
}
