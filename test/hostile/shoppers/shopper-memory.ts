/** Events back to which a gateway must remember what was seen. */
const REMEMBERED = 50;

/** Which items one shopper has viewed, bought and dismissed, and with which event. */
export class ShopperMemory {
  readonly #viewed = new Map<string, number>();
  readonly #purchased = new Map<string, number>();
  /** Dismissed by an event; clicked again by a later one. */
  readonly #dismissed = new Map<string, { readonly from: number; until: number }>();

  clicked(seq: number, item: string): void {
    this.#viewed.set(item, seq);
    const dismissal = this.#dismissed.get(item);
    if (dismissal !== undefined) dismissal.until = Math.min(dismissal.until, seq);
  }

  purchased(seq: number, item: string): void {
    this.clicked(seq, item);
    this.#purchased.set(item, seq);
  }

  dismissed(seq: number, item: string): void {
    this.#dismissed.set(item, { from: seq, until: Infinity });
  }

  /** To a list that knows all events up to `cause`. */
  isViewed(item: string, cause: number): boolean {
    return isRecent(this.#viewed.get(item), cause);
  }

  isPurchased(item: string, cause: number): boolean {
    return isRecent(this.#purchased.get(item), cause);
  }

  isDismissed(item: string, cause: number): boolean {
    const dismissal = this.#dismissed.get(item);
    return dismissal !== undefined && isRecent(dismissal.from, cause) && dismissal.until > cause;
  }

  isEverDismissed(item: string): boolean {
    return this.#dismissed.has(item);
  }
}

function isRecent(seq: number | undefined, cause: number): boolean {
  return seq !== undefined && seq <= cause && seq > cause - REMEMBERED;
}
