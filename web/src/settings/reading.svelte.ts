import { asProblem, type Problem } from '../api/problem';

/** Something of the server's that a section shows, as far as it was read. */
export class Reading<T> {
  value: T | undefined = $state.raw();
  problem: Problem | undefined = $state.raw();
  /** When the value was read. */
  at: Date | undefined = $state.raw();
  readonly #read: () => Promise<T>;

  constructor(read: () => Promise<T>) {
    this.#read = read;
    void this.again();
  }

  /** Keeps the last value while it reads, and when that fails. */
  async again(): Promise<void> {
    try {
      this.value = await this.#read();
      this.at = new Date();
      this.problem = undefined;
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }
}
