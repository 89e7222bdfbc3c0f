/** Why there is no room for something: too much of it waits in all, or of this user alone. */
export type NoRoom = 'busy' | 'overrun';

/** How many of something wait, of each user and in all, and never more than may. */
export class UserCounts {
  readonly #max: number;
  readonly #userMax: number;
  readonly #byUser = new Map<string, number>();
  #total = 0;

  constructor(max: number, userMax: number) {
    this.#max = max;
    this.#userMax = userMax;
  }

  get total(): number {
    return this.#total;
  }

  /** Counts one more of a user, unless there is no room for it, which is `room` at most. Each that was counted is dropped once. */
  take(user: string, room = Infinity): NoRoom | undefined {
    const count = this.#byUser.get(user) ?? 0;
    if (count >= this.#userMax) return 'overrun';
    if (this.#total >= Math.min(this.#max, room)) return 'busy';
    this.#byUser.set(user, count + 1);
    this.#total++;
    return undefined;
  }

  drop(user: string): void {
    const count = this.#byUser.get(user) ?? 0;
    if (count === 0) return;
    if (count === 1) this.#byUser.delete(user);
    else this.#byUser.set(user, count - 1);
    this.#total--;
  }
}
